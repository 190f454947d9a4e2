// One uPlot chart: made once, given new data, made anew when its size or the colours change.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface ChartProps {
  /** What it shows, with its figures, for those who do not see it. */
  readonly label: string;
  readonly data: uPlot.AlignedData;
  readonly options: (style: CSSStyleDeclaration) => Omit<uPlot.Options, 'width' | 'height'>;
  /** Changes with the colours of the page, and with what the options depend on. */
  readonly variant: string;
}

const HEIGHT_PX = 150;

export function Chart({ label, data, options, variant }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(
      { ...options(getComputedStyle(element)), width: element.clientWidth, height: HEIGHT_PX },
      latest.current,
      element,
    );
    chart.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    sized.observe(element);
    return () => {
      sized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [variant]);

  useEffect(() => chart.current?.setData(data), [data]);

  return <div class="chart" ref={place} role="img" aria-label={label} />;
}
