export { boolean, custom, directory, file, integer, string, url } from "@oclif/core/args";
