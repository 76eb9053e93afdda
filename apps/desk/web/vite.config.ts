import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where the development server finds a running desk: its default port. */
const DESK = 'http://127.0.0.1:4400'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The desk's content security policy allows no data: URLs.
    assetsInlineLimit: 0,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: DESK, ws: true },
      '/health': DESK,
    },
  },
})
