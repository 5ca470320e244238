export { type Examination, examine, type ExamineOptions } from "./examine.js";
export type { BrokenPlugin, DoctorRequest, Leftovers, RuntimeReport } from "./facts.js";
export { DOCTOR_GROUPS, type DoctorGroup, type Finding, type FindingStatus } from "./finding.js";
export type { LocalMachine, Space } from "./local-machine.js";
