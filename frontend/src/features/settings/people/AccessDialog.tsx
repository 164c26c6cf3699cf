import { Button, Group, Modal, Skeleton, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useEdited, useGuard } from "@/api/edited";
import { type ApiError, toApiError } from "@/api/error";
import { invalidate } from "@/api/query";
import type { Person } from "@/api/types";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { AccessFields, type Granted, granted } from "./AccessFields";

/** What a member may do from now on. It holds at once. */
export function AccessDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const queries = useQueryClient();
  const path = { params: { path: { id: person.id } } };
  const now = useEdited(`access of ${person.id}`, () => api.GET("/api/v1/users/{id}/client-access", path));
  const guarded = useGuard(now.edited?.etag);
  const [edited, setEdited] = useState<Granted[] | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [sending, setSending] = useState(false);
  const value = edited ?? now.edited?.now.access;
  const save = async () => {
    if (!value) return;
    setSending(true);
    try {
      await guarded((headers) =>
        api.PUT("/api/v1/users/{id}/client-access", { ...path, headers, body: { access: granted(value) } }),
      );
      await invalidate(queries, "/api/v1/users");
      notifyDone(`What ${person.name} may do is saved.`);
      onClose();
    } catch (error) {
      setFailure(toApiError(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Access of ${person.name}`} size="lg">
      <Stack>
        {failure && <Failure error={failure} />}
        {now.error && !value && <Failure error={now.error} onRetry={now.retry} />}
        {value ? <AccessFields value={value} onChange={setEdited} /> : !now.error && <Skeleton h={120} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={sending} disabled={!value} onClick={() => void save()}>
            Save
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
