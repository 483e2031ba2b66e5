/** Builds the dashboard into web/static, byte for byte the same each time, and runs its unit tests. */
import { defineConfig } from "vitest/config";

const server = process.env["WEIR_URL"];
const proxy = server
  ? { "^/(api|redirect|socket.io)": { target: server, ws: true, changeOrigin: false } }
  : {};

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: process.env["WEIR_STATIC"] ?? "../static",
    emptyOutDir: true,
    target: "es2022",
    assetsDir: "",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssMinify: "lightningcss",
    license: { fileName: "licences.md" },
    rolldownOptions: {
      output: {
        entryFileNames: "app.js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
  // A context of its own for each file takes four times as long; no test may count on one.
  test: { include: ["src/**/*.test.ts"], environment: "node", isolate: false },
});
