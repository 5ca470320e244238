import { LABELS } from "../model/labels.js";

type Labels = Readonly<Record<string, string>>;

/** Names of containers, networks and volumes, as every engine has them; with it, no path and no shell word. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
const HOST = /^[A-Za-z0-9_.:%[\]-]{0,255}$/;
const PORT = /^\d{1,5}$/;
const ADDRESS = /^[0-9A-Fa-f.:/]{0,64}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;
const FLAG = /^\w{0,8}$/;
// oxlint-disable-next-line no-control-regex -- what must not be in a token
const TOKEN = /^[^\u0000-\u0020\u007F-\u00A0]*$/;

/** What a value must look like for k3d to act on it; empty values mean "none" to the Go k3d. */
const FORMS: Readonly<Record<string, RegExp>> = {
  [LABELS.cluster]: NAME,
  [LABELS.network]: NAME,
  [LABELS.networkId]: NAME,
  [LABELS.imageVolume]: NAME,
  [LABELS.registryGroup]: NAME,
  [LABELS.serverLoadBalancer]: NAME,
  [LABELS.clusterToken]: TOKEN,
  [LABELS.apiHost]: HOST,
  [LABELS.apiHostIp]: HOST,
  [LABELS.registryHost]: HOST,
  [LABELS.registryHostIp]: HOST,
  [LABELS.apiClientHost]: HOST,
  [LABELS.apiPort]: PORT,
  [LABELS.registryPortExternal]: PORT,
  [LABELS.registryPortInternal]: PORT,
  [LABELS.networkIpRange]: ADDRESS,
  [LABELS.networkIpv6Range]: ADDRESS,
  [LABELS.staticIp]: ADDRESS,
  [LABELS.staticIpv6]: ADDRESS,
  [LABELS.clusterExternal]: FLAG,
  [LABELS.networkExternal]: FLAG,
  [LABELS.imageVolumeExternal]: FLAG,
  [LABELS.serverInit]: FLAG,
  [LABELS.expires]: MOMENT,
};

/**
 * Labels as k3d may act on them: whoever may make a container on the engine may write into them
 * what they like, so a value that is none of its kind (a path for a cluster's name, say) is left
 * out, as if the label were not there.
 */
export function checkedLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([name, value]) => value === "" || (FORMS[name]?.test(value) ?? true),
    ),
  );
}
