export function ClientCalendars({ clientId }: { clientId: string }) {
  return <p>{clientId}</p>;
}
