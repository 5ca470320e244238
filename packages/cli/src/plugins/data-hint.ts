/** What to do where plug-ins cannot be kept. */
export const DATA_HINT =
  "Plug-ins are kept in your data directory: let K3D_DATA_DIR name one that you may write";
