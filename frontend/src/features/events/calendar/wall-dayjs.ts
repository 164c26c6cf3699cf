// The dayjs that @mantine/schedule gets (see vite.config.ts). The grid shows wall time of a zone it does not know; counted in
// the browser's zone, the day the clocks change there would have 23 or 25 hours and everything on it would stand an hour off.
// UTC has no such day, and a wall time read and written in UTC stays what it is.
import dayjs, { type ConfigType, type Dayjs } from "dayjs";
import utc from "dayjs/plugin/utc.js";

dayjs.extend(utc);

/** Now on the browser's own wall; a grid in another zone says its own now. */
const now = (): string => dayjs().format("YYYY-MM-DDTHH:mm:ss");

const wall = (at?: ConfigType): Dayjs => dayjs.utc(at === undefined ? now() : at);

export default Object.assign(wall, dayjs);
