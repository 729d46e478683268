import type { NextConfig } from "next"

const config: NextConfig = {
  distDir: process.env["STUDIO_BUILD_DIR"] ?? ".next",
  poweredByHeader: false,
  // Pages and scripts; streams say `no-transform` and are left as they are.
  compress: true,
  reactStrictMode: true,
  devIndicators: false,
  // No page uses Next's picture service, and it would ask /v1 in its own name.
  images: { unoptimized: true },
  // The development server is the same one under either name of this machine.
  allowedDevOrigins: ["localhost", "127.0.0.1"],
  // Native and server-only packages stay outside the bundle, so that Next and the front share them.
  serverExternalPackages: ["postgres", "ioredis", "pino", "better-auth", "mathjs"],
  // `npm run check` types the whole project; a build need not do it again.
  typescript: { ignoreBuildErrors: true },
  // Strict: Next declares its types in next-env.d.ts and leaves tsconfig.json alone.
  experimental: { agentUpgrade: false, strictRouteTypes: true },
}

export default config
