// A file on its way in: dropped or chosen, sent with its progress, then looked at on a page of its own.
import { Box, Button, FileButton, Group, Progress, Stack, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { FileUp, X } from "lucide-react";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { ApiError, toApiError } from "@/api/error";
import { kindOf, type Sending, sendFile } from "@/api/upload";
import { bytes } from "@/lib/count";
import { announce } from "@/ui/announce";
import { Failure } from "@/ui/Failure";
import classes from "./Bulk.module.css";

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
  const [over, setOver] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState(0);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const sending = useRef<Sending | null>(null);
  const pick = useRef<() => void>(null);
  useEffect(() => () => sending.current?.cancel(), []);

  const send = async (chosen: File | null | undefined) => {
    const kind = chosen && kindOf(chosen.name);
    const refused = chosen && refusal(chosen);
    pick.current?.();
    setFailure(refused || null);
    if (!chosen || !kind || refused) return;
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
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (!file) void send(event.dataTransfer.files[0]);
  };
  return (
    <Stack gap="sm">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is for everybody */}
      <div
        className={classes.drop}
        data-over={over || undefined}
        data-testid="drop"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {file ? (
          <Stack gap="xs" align="center">
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {file.name}, {bytes(file.size)}
            </Text>
            <Box w="100%" maw={420}>
              <Progress value={share * 100} aria-label={`Sending ${file.name}`} />
            </Box>
            <Text size="sm" c="dimmed">
              {share < 1 ? `${Math.floor(share * 100)} % sent` : "Sent; it is being looked at"}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<X size={14} aria-hidden />}
              onClick={() => sending.current?.cancel()}
            >
              Stop
            </Button>
          </Stack>
        ) : (
          <Group justify="center" gap="md">
            <FileUp size={28} strokeWidth={1.5} aria-hidden />
            <Box>
              <Text fw={600}>Drop a file with events here</Text>
              <Text size="sm" c="dimmed">
                CSV, ICS (iCalendar) or JSON, up to {bytes(LIMIT)}. Nothing is written before you have seen what will
                be.
              </Text>
            </Box>
            <FileButton onChange={(chosen) => void send(chosen)} accept={ACCEPT} resetRef={pick}>
              {(props) => <Button {...props}>Choose a file</Button>}
            </FileButton>
          </Group>
        )}
      </div>
      {failure && <Failure error={failure} title={failure.code === "offline" ? undefined : failure.title} />}
    </Stack>
  );
}
