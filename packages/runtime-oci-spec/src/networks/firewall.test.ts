import { describe, expect, it } from "vitest";
import { removalOfUnused } from "./firewall.ts";

const OWN = "K3D-OCI-0123456789";
const FILTER = [":FORWARD DROP [0:0]", ":CNI-FORWARD - [0:0]", `:${OWN} - [0:0]`];
const TO_SHARED = '-A FORWARD -m comment --comment "CNI firewall plugin rules" -j CNI-FORWARD';
const TO_OWN = `-A CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j ${OWN}`;
const OF_CONTAINER = "-A CNI-FORWARD -s 10.76.0.2/32 -j ACCEPT";

describe("removalOfUnused", () => {
  it("takes everything once nothing uses it, jumps before chains", () => {
    expect(removalOfUnused([...FILTER, TO_SHARED, TO_OWN], OWN, ["CNI-FORWARD"])).toEqual([
      TO_SHARED.replace("-A", "-D"),
      TO_OWN.replace("-A", "-D"),
      "-F CNI-FORWARD",
      `-F ${OWN}`,
      "-X CNI-FORWARD",
      `-X ${OWN}`,
    ]);
  });

  it("leaves the shared chain to the containers of others", () => {
    const commands = removalOfUnused([...FILTER, TO_SHARED, TO_OWN, OF_CONTAINER], OWN, [
      "CNI-FORWARD",
    ]);
    expect(commands).toEqual([TO_OWN.replace("-A", "-D"), `-F ${OWN}`, `-X ${OWN}`]);
  });

  it("leaves its own chain while a network is in it", () => {
    const own = `-A ${OWN} -d 10.76.0.0/24 -m conntrack --ctstate DNAT -j ACCEPT`;
    expect(removalOfUnused([...FILTER, TO_SHARED, TO_OWN, own], OWN, ["CNI-FORWARD"])).toEqual([]);
  });

  it("takes the chains of a table together, also where some were never made", () => {
    const rules = [
      ":CNI-HOSTPORT-DNAT - [0:0]",
      ":CNI-HOSTPORT-MASQ - [0:0]",
      "-A POSTROUTING -j CNI-HOSTPORT-MASQ",
      "-A CNI-HOSTPORT-MASQ -j MASQUERADE",
    ];
    expect(
      removalOfUnused(rules, OWN, [
        "CNI-HOSTPORT-DNAT",
        "CNI-HOSTPORT-MASQ",
        "CNI-HOSTPORT-SETMARK",
      ]),
    ).toEqual([
      "-D POSTROUTING -j CNI-HOSTPORT-MASQ",
      "-F CNI-HOSTPORT-DNAT",
      "-F CNI-HOSTPORT-MASQ",
      "-X CNI-HOSTPORT-DNAT",
      "-X CNI-HOSTPORT-MASQ",
    ]);
  });

  it("has nothing to do where nothing is", () => {
    expect(removalOfUnused([":FORWARD DROP [0:0]"], OWN, ["CNI-FORWARD"])).toEqual([]);
  });
});
