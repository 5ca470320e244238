import { DOCTOR_GROUPS, type DoctorGroup, type Examination, type Finding } from "@k3d/core";
import { printable, type Paint } from "@k3d/plugin-kit";
import { wrapWords } from "../help/layout.js";

export interface DoctorStyle {
  paint: Paint;
  unicode: boolean;
  /** Columns of the terminal; absent: lines are not broken, as into a pipe. */
  width?: number | undefined;
}

const TITLES: Readonly<Record<DoctorGroup, string>> = {
  engine: "Engine",
  machine: "Machine",
  network: "Network",
  k3d: "k3d",
};
type Status = Finding["status"];
interface Sign {
  unicode: string;
  ascii: string;
  color: Parameters<Paint>[0];
}
const SIGNS: Readonly<Record<Status, Sign>> = {
  ok: { unicode: "✔", ascii: "+", color: "green" },
  warning: { unicode: "▲", ascii: "!", color: "yellow" },
  problem: { unicode: "✖", ascii: "x", color: "red" },
  unknown: { unicode: "?", ascii: "?", color: "gray" },
};
/** Below this many columns text is not broken any further. */
const NARROWEST = 20;

/** Findings for people: by group, each with its fix below it, and a count at the end. */
export function doctorText({ findings, summary }: Examination, style: DoctorStyle): string {
  const unseen = sharedReasons(findings);
  const shown = findings.filter(({ message }) => !unseen.has(message));
  const left = Math.max(...shown.map(({ check }) => check.length), 0);
  const groups = DOCTOR_GROUPS.map((group) => ({
    title: TITLES[group],
    rows: shown.filter((finding) => finding.group === group),
  })).filter(({ rows }) => rows.length > 0);
  const blocks = groups.map(({ title, rows }) =>
    [
      style.paint("bold", title),
      ...rows.map((finding, index) =>
        row(finding, rows[index - 1]?.check === finding.check, left, style),
      ),
    ].join("\n"),
  );
  blocks.push(...[...unseen].map((shared) => unseenText(shared, style)));
  return [...blocks, summaryText(summary, style)].join("\n\n");
}

/** Why several checks could not look, with these checks: it is told once for all of them. */
function sharedReasons(findings: readonly Finding[]): Map<string, Finding[]> {
  const unknown = findings.filter(({ status }) => status === "unknown");
  const reasons = [...Map.groupBy(unknown, ({ message }) => message)];
  return new Map(reasons.filter(([, of]) => of.length > 1));
}

function unseenText([reason, of]: [string, Finding[]], style: DoctorStyle): string {
  const { paint, unicode } = style;
  const [{ fix } = {}] = of;
  const lines = [`Not looked at: ${of.map(({ check }) => check).join(", ")}`, reason];
  if (fix !== undefined) lines.push(`${unicode ? "→ " : "> "}${fix}`);
  const [title = "", ...more] = lines.map((line) => wrapped(line, 2, style));
  return [paint("bold", title), ...more.map((line) => `  ${line.replaceAll("\n", "\n  ")}`)].join(
    "\n",
  );
}

function row(finding: Finding, again: boolean, left: number, style: DoctorStyle): string {
  const { paint, unicode } = style;
  const { status, check, message, fix } = finding;
  const sign = SIGNS[status];
  const name = (again ? "" : check).padEnd(left);
  const head = `  ${paint(sign.color, unicode ? sign.unicode : sign.ascii)} ${name}  `;
  const indent = " ".repeat(left + 6);
  const lines = [wrapped(message, indent.length, style)];
  if (fix !== undefined) {
    const arrow = unicode ? "→ " : "> ";
    lines.push(wrapped(`${arrow}${fix}`, indent.length, style));
  }
  return `${head}${lines.join("\n").replaceAll("\n", `\n${indent}`)}`;
}

function wrapped(text: string, indent: number, { width }: DoctorStyle): string {
  const line = printable(text.replaceAll(/\s+/g, " "));
  return width === undefined ? line : wrapWords(line, Math.max(NARROWEST, width - indent));
}

function summaryText(summary: Examination["summary"], { paint }: DoctorStyle): string {
  const { ok, warning, problem, unknown } = summary;
  const counted = (count: number, word: string): string[] =>
    count === 0 ? [] : [`${count} ${word}${count === 1 ? "" : "s"}`];
  const parts = [
    ...counted(problem, "problem"),
    ...counted(warning, "warning"),
    ...(unknown === 0 ? [] : [`${unknown} not looked at`]),
    `${ok} ok`,
  ];
  const color = problem > 0 ? "red" : warning > 0 ? "yellow" : "green";
  return paint(color, parts.join(", "));
}
