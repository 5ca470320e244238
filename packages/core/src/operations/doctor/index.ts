export { type Examination, examine } from "./examine.js";
export type { BrokenPlugin, DoctorRequest, Leftovers, RuntimeReport } from "./facts.js";
export { DOCTOR_GROUPS, type DoctorGroup, type Finding, type FindingStatus } from "./finding.js";
export type { LocalMachine } from "./local-machine.js";
