import { expect, it } from "vitest";
import { exportUrl } from "./exports";

it("asks for what the list shows", () => {
  expect(exportUrl("csv", { client_id: "cli_1", calendar_id: ["cal_1", "cal_2"], q: "a & b", from: undefined })).toBe(
    "/api/v1/exports?format=csv&client_id=cli_1&calendar_id=cal_1&calendar_id=cal_2&q=a+%26+b",
  );
});
