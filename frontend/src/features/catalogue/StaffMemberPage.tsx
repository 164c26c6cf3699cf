// One of those who can be booked: who they are, their calendars, and when they work.
import { Alert, Button, Group, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Archive, ArrowLeft } from "lucide-react";
import { $api, api } from "@/api/client";
import { toApiError } from "@/api/error";
import { useMay } from "@/api/session";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { notifyDone } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { Section } from "@/ui/Section";
import { useCatalogueActions } from "./actions";
import { Editing } from "./Editing";
import { HoursEditor } from "./HoursEditor";
import { StaffForm } from "./StaffForm";

export function StaffMemberPage() {
  const { staffId } = useParams({ from: "/inside/staff/$staffId" });
  const mayWrite = useMay("bookings:write", { least: "admin" });
  const mayArchive = useMay("bookings:write", { least: "admin", whole: true });
  const queries = useQueryClient();
  const { archiveStaff, restoreStaff } = useCatalogueActions();
  const path = { params: { path: { id: staffId } } };
  const query = $api.useQuery("get", "/api/v1/staff/{id}", path);
  const one = query.data;
  if (query.error && !one) {
    return toApiError(query.error).status === 404 ? (
      <EmptyState order={1} icon={Archive} title="Nobody of this name" body="The address is mistyped.">
        <Button renderRoot={(props) => <Link to="/staff" {...props} />}>All staff</Button>
      </EmptyState>
    ) : (
      <Failure error={query.error} onRetry={() => void query.refetch()} />
    );
  }
  // Details and hours are one version: after either is saved, both are read again.
  const again = () => queries.invalidateQueries({ queryKey: ["edited"] });
  return (
    <>
      <PageHeader title={one?.name ?? "Staff member"} description="Who they are, and when they work." help="services">
        <Button
          variant="default"
          leftSection={<ArrowLeft size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/staff" {...props} />}
        >
          All staff
        </Button>
        {one && mayArchive && !one.archived_at && (
          <Button
            variant="default"
            leftSection={<Archive size={16} aria-hidden />}
            onClick={() => void archiveStaff(one)}
          >
            Archive
          </Button>
        )}
      </PageHeader>
      <Stack gap="lg">
        {one?.archived_at && (
          <Alert color="gray" icon={<Archive aria-hidden />}>
            <Group justify="space-between">
              <span>Archived: nobody can book them, and their bookings stay.</span>
              {mayWrite && (
                <Button size="compact-sm" variant="default" onClick={() => void restoreStaff(one)}>
                  Restore
                </Button>
              )}
            </Group>
          </Alert>
        )}
        <Section title="Working hours" description="As the clock on the wall shows them, summer and winter">
          <Editing id={`hours of ${staffId}`} load={() => api.GET("/api/v1/staff/{id}/working-hours", path)}>
            {(edited) => (
              <HoursEditor
                key={JSON.stringify([edited.now.weekly, edited.now.exceptions, edited.now.time_zone])}
                edited={edited}
                mayWrite={mayWrite}
                onSaved={() => {
                  notifyDone("The hours are saved.");
                  void again();
                }}
              />
            )}
          </Editing>
        </Section>
        {mayWrite && (
          <Section title="Details and calendars">
            <Editing id={staffId} load={() => api.GET("/api/v1/staff/{id}", path)}>
              {(edited) => (
                <StaffForm
                  client={edited.now.client_id}
                  existing={edited}
                  onSaved={(saved) => {
                    notifyDone(`${saved.name} is saved.`);
                    void again();
                  }}
                />
              )}
            </Editing>
          </Section>
        )}
      </Stack>
    </>
  );
}
