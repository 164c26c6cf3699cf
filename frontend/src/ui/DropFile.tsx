import { Box, Button, FileButton, Group, Progress, Stack, Text } from "@mantine/core";
import { FileUp, X } from "lucide-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { bytes } from "@/lib/count";
import classes from "./DropFile.module.css";

export interface DropFileProps {
  title: string;
  /** Which files, how large, what becomes of them. */
  body: ReactNode;
  /** As of an `<input type="file">`. */
  accept: string;
  onFile: (file: File) => void;
  /** What is on its way, and how much of it has gone (0 to 1). */
  sending?: { name: string; size: number; share: number; onStop: () => void } | null;
}

/** Takes a file: by dropping it, or by choosing it. */
export function DropFile({ title, body, accept, onFile, sending }: DropFileProps) {
  const [over, setOver] = useState(false);
  const pick = useRef<() => void>(null);
  const take = (file: File | null | undefined) => {
    pick.current?.();
    if (file && !sending) onFile(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is for everybody
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
      {sending ? (
        <Stack gap="xs" align="center">
          <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
            {sending.name}, {bytes(sending.size)}
          </Text>
          <Box w="100%" maw={420}>
            <Progress value={sending.share * 100} aria-label={`Sending ${sending.name}`} />
          </Box>
          <Text size="sm" c="dimmed">
            {sending.share < 1 ? `${Math.floor(sending.share * 100)} % sent` : "Sent; it is being looked at"}
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<X size={14} aria-hidden />}
            onClick={sending.onStop}
          >
            Stop
          </Button>
        </Stack>
      ) : (
        <Group justify="center" gap="md">
          <FileUp size={28} strokeWidth={1.5} aria-hidden />
          <Box>
            <Text fw={600}>{title}</Text>
            <Text size="sm" c="dimmed">
              {body}
            </Text>
          </Box>
          <FileButton onChange={take} accept={accept} resetRef={pick}>
            {(props) => <Button {...props}>Choose a file</Button>}
          </FileButton>
        </Group>
      )}
    </div>
  );
}
