CREATE TABLE "balances" (
	"wallet" text NOT NULL,
	"asset" text NOT NULL,
	"agent_id" uuid NOT NULL,
	"amount" numeric DEFAULT '0' NOT NULL,
	"reserved" numeric DEFAULT '0' NOT NULL,
	"version" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "balances_wallet_asset_pk" PRIMARY KEY("wallet","asset"),
	CONSTRAINT "balances_not_negative" CHECK ("balances"."amount" >= 0),
	CONSTRAINT "balances_reserved_is_there" CHECK ("balances"."reserved" >= 0 AND "balances"."reserved" <= "balances"."amount")
);
--> statement-breakpoint
CREATE TABLE "equity" (
	"agent_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"value" numeric NOT NULL,
	CONSTRAINT "equity_agent_id_at_pk" PRIMARY KEY("agent_id","at")
);
--> statement-breakpoint
CREATE TABLE "intents" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_order_id" text GENERATED ALWAYS AS (id::text) STORED NOT NULL,
	"user_id" uuid NOT NULL,
	"idempotency_key" text NOT NULL,
	"agent_id" uuid NOT NULL,
	"position_id" uuid,
	"wallet" text NOT NULL,
	"chain" text NOT NULL,
	"asset" text NOT NULL,
	"quote" text NOT NULL,
	"side" text NOT NULL,
	"amount" numeric NOT NULL,
	"reason" text NOT NULL,
	"state" text DEFAULT 'PREPARED' NOT NULL,
	"reference" jsonb NOT NULL,
	"max_slippage_bps" integer,
	"levels" integer[] DEFAULT '{}' NOT NULL,
	"moonbag" boolean DEFAULT false NOT NULL,
	"error" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "intents_amount_positive" CHECK ("intents"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"transaction_id" uuid NOT NULL,
	"wallet" text NOT NULL,
	"asset" text NOT NULL,
	"delta" numeric NOT NULL,
	CONSTRAINT "ledger_once" UNIQUE("transaction_id","wallet","asset")
);
--> statement-breakpoint
CREATE TABLE "paper_orders" (
	"client_order_id" text PRIMARY KEY NOT NULL,
	"order_number" bigserial NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"chain" text,
	"asset" text,
	"side" text,
	"price" numeric,
	"base_amount" numeric,
	"quote_amount" numeric,
	"fee" numeric,
	"slippage_bps" integer,
	"price_impact" numeric,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"agent_id" uuid NOT NULL,
	"wallet" text NOT NULL,
	"chain" text NOT NULL,
	"asset" text NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"amount" numeric NOT NULL,
	"bought" numeric NOT NULL,
	"cost" numeric NOT NULL,
	"entry_price" numeric NOT NULL,
	"peak_price" numeric NOT NULL,
	"low_price" numeric NOT NULL,
	"realised" numeric DEFAULT '0' NOT NULL,
	"dca_count" integer DEFAULT 0 NOT NULL,
	"last_dca_at" timestamp with time zone,
	"levels_hit" integer[] DEFAULT '{}' NOT NULL,
	"moonbag" boolean DEFAULT false NOT NULL,
	"fence" bigint DEFAULT 0 NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"close_reason" text,
	CONSTRAINT "positions_closed_are_empty" CHECK ("positions"."amount" >= 0 AND ("positions"."status" = 'closed') = ("positions"."amount" = 0))
);
--> statement-breakpoint
CREATE TABLE "signal_executions" (
	"signal_id" bigint NOT NULL,
	"agent_id" uuid NOT NULL,
	"status" text DEFAULT 'PENDING' NOT NULL,
	"intent_id" uuid,
	"reason" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "signal_executions_signal_id_agent_id_pk" PRIMARY KEY("signal_id","agent_id")
);
--> statement-breakpoint
CREATE TABLE "signals" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"chain" text NOT NULL,
	"asset" text NOT NULL,
	"type" text NOT NULL,
	"strength" integer NOT NULL,
	"source" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transactions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"intent_id" uuid,
	"agent_id" uuid NOT NULL,
	"wallet" text NOT NULL,
	"chain" text NOT NULL,
	"asset" text NOT NULL,
	"type" text NOT NULL,
	"quote" text NOT NULL,
	"base_amount" numeric,
	"quote_amount" numeric NOT NULL,
	"price" numeric,
	"fee" numeric DEFAULT '0' NOT NULL,
	"slippage_bps" integer,
	"price_impact" numeric,
	"venue_order_id" text,
	"reason" text NOT NULL,
	"position_id" uuid,
	"realised" numeric,
	"at" timestamp with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "transactions_intent" UNIQUE("intent_id")
);
--> statement-breakpoint
CREATE TABLE "wallets" (
	"address" text PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"chain" text NOT NULL,
	"kind" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallets_one_of_a_kind" UNIQUE("agent_id","chain","kind")
);
--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_wallet_wallets_address_fk" FOREIGN KEY ("wallet") REFERENCES "public"."wallets"("address") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "equity" ADD CONSTRAINT "equity_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "intents" ADD CONSTRAINT "intents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "intents" ADD CONSTRAINT "intents_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "intents" ADD CONSTRAINT "intents_position_id_positions_id_fk" FOREIGN KEY ("position_id") REFERENCES "public"."positions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "intents" ADD CONSTRAINT "intents_wallet_wallets_address_fk" FOREIGN KEY ("wallet") REFERENCES "public"."wallets"("address") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "intents" ADD CONSTRAINT "intents_chain_asset_assets_chain_asset_fk" FOREIGN KEY ("chain","asset") REFERENCES "public"."assets"("chain","asset") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_transaction_id_transactions_id_fk" FOREIGN KEY ("transaction_id") REFERENCES "public"."transactions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_wallet_wallets_address_fk" FOREIGN KEY ("wallet") REFERENCES "public"."wallets"("address") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_wallet_wallets_address_fk" FOREIGN KEY ("wallet") REFERENCES "public"."wallets"("address") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_chain_asset_assets_chain_asset_fk" FOREIGN KEY ("chain","asset") REFERENCES "public"."assets"("chain","asset") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signal_executions" ADD CONSTRAINT "signal_executions_signal_id_signals_id_fk" FOREIGN KEY ("signal_id") REFERENCES "public"."signals"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signal_executions" ADD CONSTRAINT "signal_executions_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signal_executions" ADD CONSTRAINT "signal_executions_intent_id_intents_id_fk" FOREIGN KEY ("intent_id") REFERENCES "public"."intents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signals" ADD CONSTRAINT "signals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_intent_id_intents_id_fk" FOREIGN KEY ("intent_id") REFERENCES "public"."intents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_position_id_positions_id_fk" FOREIGN KEY ("position_id") REFERENCES "public"."positions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_wallet_wallets_address_fk" FOREIGN KEY ("wallet") REFERENCES "public"."wallets"("address") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "balances_agent" ON "balances" USING btree ("agent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "intents_client_order" ON "intents" USING btree ("client_order_id");--> statement-breakpoint
CREATE UNIQUE INDEX "intents_one_in_flight" ON "intents" USING btree ("wallet","asset") WHERE "intents"."state" IN ('PREPARED', 'SUBMITTED', 'UNKNOWN');--> statement-breakpoint
CREATE INDEX "intents_open" ON "intents" USING btree ("updated_at") WHERE "intents"."state" IN ('PREPARED', 'SUBMITTED', 'UNKNOWN');--> statement-breakpoint
CREATE INDEX "intents_key" ON "intents" USING btree ("user_id","idempotency_key");--> statement-breakpoint
CREATE INDEX "intents_agent" ON "intents" USING btree ("agent_id","created_at","id");--> statement-breakpoint
CREATE INDEX "ledger_balance" ON "ledger" USING btree ("wallet","asset");--> statement-breakpoint
CREATE UNIQUE INDEX "positions_one_open" ON "positions" USING btree ("wallet","asset") WHERE "positions"."status" = 'open';--> statement-breakpoint
CREATE INDEX "positions_open_of_asset" ON "positions" USING btree ("chain","asset") WHERE "positions"."status" = 'open';--> statement-breakpoint
CREATE INDEX "positions_agent" ON "positions" USING btree ("agent_id","opened_at");--> statement-breakpoint
CREATE INDEX "signal_executions_status" ON "signal_executions" USING btree ("status","created_at");--> statement-breakpoint
CREATE INDEX "signals_recent" ON "signals" USING btree ("user_id","chain","asset","created_at");--> statement-breakpoint
CREATE INDEX "transactions_agent" ON "transactions" USING btree ("agent_id","created_at","id");--> statement-breakpoint
CREATE INDEX "transactions_deposits" ON "transactions" USING btree ("agent_id") WHERE "transactions"."type" = 'DEPOSIT';