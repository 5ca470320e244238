export { type JoinedMachine, joinMachines } from "./join-machines.js";
export { type ListedMachine, listMachines } from "./list-machines.js";
