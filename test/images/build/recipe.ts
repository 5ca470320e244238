/** The settings of an image that matter to containers, in the words of the OCI image-spec. */
export interface ImageSettings {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: readonly string[];
  readonly volumes?: readonly string[];
  /** `PORT/PROTOCOL` */
  readonly exposedPorts?: readonly string[];
  readonly workingDir?: string;
  readonly stopSignal?: string;
}

/** How an offline image is made without any registry. */
export interface Recipe {
  readonly settings: ImageSettings;
  /**
   * Files and folders, relative to the checkout, whose content decides whether a built image is
   * still good. Folders count with everything below them but tests and dependencies.
   */
  readonly inputs: readonly string[];
  /** Writes the root file system as an uncompressed tar file. */
  readonly pack: (layer: string) => Promise<void>;
}
