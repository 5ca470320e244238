// Named one by one: of a CommonJS package, a bundle cannot know what a star stands for.
export {
  Args,
  Command,
  Config,
  Errors,
  Flags,
  Interfaces,
  Parser,
  settings,
  ux,
} from "@oclif/core";
