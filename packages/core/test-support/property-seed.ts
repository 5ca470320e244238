import { configureGlobal } from "fast-check";

/**
 * Property tests try the same inputs in every run, so that what turns a run red is the change at hand.
 * Other inputs are tried on purpose: `K3D_FUZZ_SEED=7 pnpm test:unit`.
 */
configureGlobal({ seed: Number(process.env["K3D_FUZZ_SEED"] ?? 1) });
