/** What is wrong with a form as a whole. */
import type { Faults } from "./fault-texts";
import { Trouble } from "./trouble";

export const FormFault = ({ faults }: { faults: Faults }) => <Trouble icon text={faults["form"]?.message} />;
