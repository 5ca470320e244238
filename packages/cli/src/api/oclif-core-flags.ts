export {
  boolean,
  custom,
  directory,
  file,
  help,
  integer,
  option,
  string,
  url,
  version,
} from "@oclif/core/flags";
