import { createQueries } from "@/api/query";
import { notifyFailure } from "@/ui/notify";

/** The application's one cache of answers. */
export const queries = createQueries(notifyFailure);
