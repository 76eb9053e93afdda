# The desk, with its dashboard. The servers that it needs are services of their own: see compose.yaml.

FROM node:22-bookworm-slim AS build
WORKDIR /app
# Packages first: they are installed again only when they change.
COPY package.json package-lock.json ./
COPY apps/desk/package.json apps/desk/
RUN npm ci --no-audit --no-fund
COPY . .
# Of the packages stays what runs. The PostgreSQL that comes as optional packages does not run here, so it goes too.
RUN npm run build \
  && npm prune --omit=dev --omit=optional --no-audit --no-fund \
  && mkdir /data

FROM node:22-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/apps/desk/package.json ./apps/desk/
COPY --from=build /app/apps/desk/migrations ./apps/desk/migrations
COPY --from=build /app/apps/desk/dist ./apps/desk/dist
# The one place that the desk writes to: its secrets and its lock file.
COPY --from=build --chown=node:node /data /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4400 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 4400
# A process without the role api answers at HEALTH_PORT: give it one.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT || process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["node", "apps/desk/dist/main.js"]
