package show

import (
	"cmp"
	"fmt"
	"math"
)

// Magnitudes compares named values that lie orders of magnitude apart: horizontal bars on a logarithmic axis, each with its value. A bar's length counts
// its decades, so that a bar twice as long is not twice as much.
type Magnitudes struct {
	Title  string
	Label  string   // what is measured, and its unit
	Bars   []Bar    // all above zero; Error is not drawn
	Hues   []string // names of the colours that bars use, explained above them [none]
	Format string   // how values are written [short]
	From   float64  // where bars begin [the power of ten below the smallest]
	Width  float64  // shown pixels [700]
}

func (f Magnitudes) String() string {
	return fmt.Sprintf("[%sbars on a logarithmic axis: %d]", named(f.Title), len(f.Bars))
}

// PNG draws the bars.
func (f Magnitudes) PNG() ([]byte, error) { return render(f) }

func (f Magnitudes) fit(w float64) Figure { f.Width = cmp.Or(f.Width, w); return f }

func (f Magnitudes) check() error {
	if len(f.Bars) == 0 {
		return fmt.Errorf("there are none")
	}
	for i, b := range f.Bars {
		if !(b.Value > 0) || !drawable(b.Value) || b.Hue < 0 {
			return fmt.Errorf("bar %d%s: %v cannot stand on a logarithmic axis: give a value above 0, and a hue not below", i, inQuotes(b.Name), b.Value)
		}
		if f.From > 0 && b.Value < f.From {
			return fmt.Errorf("bar %d%s: its value %v lies below the beginning of the axis, %v", i, inQuotes(b.Name), b.Value, f.From)
		}
	}
	if !(f.From >= 0) || !drawable(f.From) {
		return fmt.Errorf("the axis cannot begin at %v", f.From)
	}
	return nil
}

func (f Magnitudes) draw() (*canvas, error) {
	c, err := f.drawChart()
	if err != nil {
		return nil, fmt.Errorf("show: drawing magnitudes%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (f Magnitudes) drawChart() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	const thick, apart, close, name = 18.0, 10.0, 2.0, 250.0
	width := cmp.Or(f.Width, figWidth)
	r := ruler{}
	values := span{lo: math.Inf(1), hi: 0, log: true}
	left, height, most := 0.0, 0.0, 0.0
	texts := make([]string, len(f.Bars))
	for i, b := range f.Bars {
		values.include(b.Value)
		texts[i], _ = cell(b.Value, f.Format)
		most = max(most, r.measure(texts[i], labelType))
		left = max(left, min(name, r.measure(b.Name, labelType)))
		height += thick + close
		if i > 0 && b.Name != "" {
			height += apart - close
		}
	}
	values.lo = cmp.Or(f.From, math.Pow(10, math.Floor(math.Log10(values.lo)-1e-9)))
	values.hi = max(values.hi, values.lo*10)
	left += margin + 10
	right := width - margin - most - 8
	if right-left < 60 {
		return nil, fmt.Errorf("%.0f pixels leave no room for the bars: make it wider", width)
	}
	var key []keyEntry
	for i, h := range f.Hues {
		key = append(key, keyEntry{h, hue(i)})
	}
	scrap, err := newCanvas(width, 200)
	if err != nil {
		return nil, err
	}
	top := scrap.head(f.Title, key) + 6
	if f.Label != "" {
		top += 22
	}
	c, err := newCanvas(width, top+height+margin+20)
	if err != nil {
		return nil, err
	}
	if y := c.head(f.Title, key); f.Label != "" {
		c.text(margin, y+12, f.Label, labelType, atLeft, pencil)
	}
	px := func(v float64) float64 { return left + values.at(v)*(right-left) }
	a := axes{x: values, box: box{left: left, right: right}}
	for _, t := range a.xTicks(r) {
		c.vline(px(t.value), top-4, top+height, 2, faint)
		c.text(px(t.value), top+height+15, t.text, tickType, atCentre, pencil)
	}
	y := top
	for i, b := range f.Bars {
		if i > 0 && b.Name != "" {
			y += apart - close
		}
		c.rect(left, y, px(b.Value), y+thick, mix(hue(b.Hue), paper, 0.15))
		c.halo(px(b.Value)+6, y+thick/2+4.5, texts[i], labelType, atLeft, ink)
		c.text(left-10, y+thick/2+4.5, c.cut(b.Name, labelType, name), labelType, atRight, ink)
		y += thick + close
	}
	c.vline(left, top-3, top+height+1, 2, axis)
	return c, nil
}
