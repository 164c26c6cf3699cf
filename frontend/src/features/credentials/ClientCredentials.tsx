export function ClientCredentials({ clientId }: { clientId: string }) {
  return <p>{clientId}</p>;
}
