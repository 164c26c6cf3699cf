export interface Waiting {
  id: string;
}
