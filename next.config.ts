import type { NextConfig } from "next"

const config: NextConfig = {
  distDir: process.env["STUDIO_BUILD_DIR"] ?? ".next",
  poweredByHeader: false,
  compress: false,
  reactStrictMode: true,
  devIndicators: false,
  // Native and server-only packages stay outside the bundle, so that Next and the front share them.
  serverExternalPackages: ["postgres", "ioredis", "pino", "better-auth", "mathjs"],
  experimental: { agentUpgrade: false },
}

export default config
