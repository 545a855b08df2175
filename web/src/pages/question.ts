/** What a dialog is told by the page that opens it: how it is left, and what was done. */
export interface QuestionProps {
  close: () => void;
  done: (text: string) => void;
}
