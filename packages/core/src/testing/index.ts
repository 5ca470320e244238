export { testCollaborators, type TestCollaborators } from "./collaborators.js";
export {
  FAULT_KINDS,
  faultyRuntime,
  type Fault,
  type FaultKind,
  type FaultyRuntime,
  type RecordedCall,
} from "./faults.js";
export type { FaultOptions, MemoryCall, MemoryGate, MemoryOperation } from "./memory-faults.js";
export { SAMPLE_CALLS, type SampleTargets } from "./sample-calls.js";
export { MemoryFiles, MemoryTree, type MemoryFile } from "./files.js";
export type { MemoryImage } from "./image-store.js";
export { MemoryRuntime, type MemoryRuntimeOptions } from "./memory-runtime.js";
export { MemoryGroup, MemoryWire } from "./world.js";
export { portInUse, SimulatedHostPorts, type MemoryHostPorts } from "./ports.js";
export {
  ALIVE,
  DEAD,
  ELSEWHERE,
  labelsOf,
  LONG_AGO,
  stockedEngine,
  type StockedEngine,
  type StockedEngineOptions,
  wholeCluster,
} from "./stocked-engine.js";
export {
  commandNotFound,
  waitForSignal,
  type MemoryProcess,
  type MemoryProgram,
  type MemoryProgramChoice,
  type MemorySignal,
} from "./process.js";
