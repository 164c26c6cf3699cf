// A file on its way in: dropped or chosen, sent with its progress, then looked at on a page of its own.
import { Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { ApiError, toApiError } from "@/api/error";
import type { Import } from "@/api/types";
import { kindOf, type Sending, sendFile } from "@/api/upload";
import { bytes } from "@/lib/count";
import { announce } from "@/ui/announce";
import { DropFile } from "@/ui/DropFile";
import { Failure } from "@/ui/Failure";

const LIMIT = 256 * 1024 * 1024;
const ACCEPT = ".csv,.tsv,.txt,.ics,.json,text/csv,text/calendar,application/json";

const refuse = (detail: string, action: string) =>
  new ApiError({ code: "unreadable", title: "This file cannot be read", detail, action });

/** Why a file need not be sent at all. */
function refusal(file: File): ApiError | null {
  if (/\.(zip|gz|7z|rar)$/i.test(file.name)) {
    return refuse("It is packed.", "Unpack it, and drop the CSV, ICS or JSON file that is inside.");
  }
  if (/\.(xlsx?|ods|numbers)$/i.test(file.name)) {
    return refuse("It is a workbook.", "In the spreadsheet choose “Save as” and CSV, and drop that file.");
  }
  if (!kindOf(file.name))
    return refuse("It is neither CSV, ICS nor JSON by its name.", "Choose a file of these kinds.");
  if (file.size === 0) return refuse("It is empty.", "Choose a file with something in it.");
  if (file.size > LIMIT) return refuse(`It has ${bytes(file.size)}; ${bytes(LIMIT)} is the most.`, "Split it.");
  return null;
}

export function UploadCard() {
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState(0);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const sending = useRef<Sending<Import> | null>(null);
  useEffect(() => () => sending.current?.cancel(), []);

  const send = async (chosen: File) => {
    const kind = kindOf(chosen.name);
    const refused = refusal(chosen);
    setFailure(refused);
    if (!kind || refused) return;
    setFile(chosen);
    setShare(0);
    announce(`Sending ${chosen.name}`);
    sending.current = sendFile(chosen, kind, setShare);
    try {
      const { id } = await sending.current.answer;
      sending.current = null;
      await navigate({ to: "/bulk/imports/$importId", params: { importId: id } });
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) setFailure(toApiError(error));
    } finally {
      setFile(null);
    }
  };
  return (
    <Stack gap="sm">
      <DropFile
        title="Drop a file with events here"
        body={`CSV, ICS (iCalendar) or JSON, up to ${bytes(LIMIT)}. Nothing is written before you have seen what will be.`}
        accept={ACCEPT}
        onFile={(chosen) => void send(chosen)}
        sending={file && { name: file.name, size: file.size, share, onStop: () => sending.current?.cancel() }}
      />
      {failure && <Failure error={failure} title={failure.code === "offline" ? undefined : failure.title} />}
    </Stack>
  );
}
