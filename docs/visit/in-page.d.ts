/** What a browser found on a page. */
export interface Look {
  /** Addresses that it links to. */
  links: string[];
  /** Ids that a link may name. */
  ids: string[];
  /** Pictures that say nothing to who cannot see them, or that did not load. */
  badPictures: string[];
}

export function look(): Look;

/** Elements that make the page wider than the window; empty when it is not. */
export function wider(): string[];

/** Pictures that are shown so small that their words cannot be read. */
export function small(): string[];

/** In pixels. */
export function fontSize(element: unknown): number;
