/** What a filter can ask for, in examples. */

const EXAMPLES = [
  ["coffee", "posts with this word, in capitals or not"],
  ["oat milk", "posts with exactly this phrase"],
  ["#coffee", "posts with this hashtag"],
  ["from:handle", "posts of this account"],
  ["geo: -0.5 51.3 0.3 51.7", "posts from this box: longitude and latitude of two corners"],
] as const;

export const FilterHelp = () => (
  <details class="fold">
    <summary>What can I look for?</summary>
    <div class="fold-in">
      <ul class="examples">
        {EXAMPLES.map(([term, what]) => (
          <li key={term}>
            <code class="whole">{term}</code> {what}
          </li>
        ))}
      </ul>
      <p class="field-hint">
        Any one of the terms is enough; each platform is asked for the same. A post must also be in one of the
        languages, where you choose some.{" "}
        <a href="/docs/filters.md" target="_blank" rel="noopener">
          All about filters
        </a>
      </p>
    </div>
  </details>
);
