import { K3dError } from "../errors/index.js";
import type { CallOptions } from "../runtime/common.js";
import type { GroupInvitation, GroupOperations, GroupOptions } from "../runtime/groups.js";
import type { MachineGroup } from "../runtime/runtime.js";
import { MemoryGroup, type MemoryWire, type MemoryWorld } from "./world.js";

const ADDRESS = "memory:2377";

/** Groups of in-memory engines that a wire joins; every member makes networks, the one that began lets others in. */
export class MemoryGroups implements GroupOperations {
  readonly #world: MemoryWorld;
  readonly #wire: MemoryWire | undefined;
  #token: string | undefined;
  #membership: Pick<MachineGroup, "member" | "managers"> = { managers: [] };

  constructor(world: MemoryWorld, wire: MemoryWire | undefined, group: MemoryGroup | undefined) {
    this.#world = world;
    this.#wire = wire;
    if (group !== undefined) this.#membership = { member: group.newId(), managers: [group.id] };
  }

  get membership(): MachineGroup {
    return { ...this.#membership, howToBegin: "begin", howToJoin: "join", howToLeave: "leave" };
  }

  async begin({ signal }: GroupOptions = {}): Promise<void> {
    await this.#world.faults.enter("groups.begin", "", signal);
    this.#refuseSecond();
    const group = new MemoryGroup(this.#wire?.ids);
    const member = group.newId();
    this.#token = `token-${member}`;
    this.#wire?.groups.set(this.#token, group);
    this.#world.joinGroup(group);
    this.#membership = { member, managers: [member] };
  }

  async invite({ signal }: CallOptions = {}): Promise<GroupInvitation> {
    await this.#world.faults.enter("groups.invite", "", signal);
    if (this.#token === undefined)
      throw new K3dError("INVALID_INPUT", "This engine manages no group");
    return { addresses: [`${ADDRESS}/${this.#membership.member}`], token: this.#token };
  }

  async join({ addresses, token }: GroupInvitation, { signal }: GroupOptions = {}): Promise<void> {
    await this.#world.faults.enter("groups.join", "", signal);
    this.#refuseSecond();
    const [address = ""] = addresses;
    if (!address.startsWith(ADDRESS))
      throw new K3dError("REMOTE_UNAVAILABLE", `Nothing answers at ${address}`);
    const group = this.#wire?.groups.get(token);
    if (group === undefined)
      throw new K3dError("INVALID_INPUT", "The group lets nobody in by this");
    this.#world.joinGroup(group);
    const manager = address.slice(ADDRESS.length + 1);
    this.#membership = { member: group.newId(), managers: [manager] };
  }

  #refuseSecond(): void {
    if (this.#membership.member !== undefined)
      throw new K3dError("ALREADY_EXISTS", "This engine is in a group already");
  }
}
