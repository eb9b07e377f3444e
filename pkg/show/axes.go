package show

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
)

// axes maps data to a canvas.
type axes struct {
	x, y span
	box
}

func (a axes) px(x float64) float64 { return a.left + a.x.at(x)*(a.right-a.left) }
func (a axes) py(y float64) float64 { return a.bottom - a.y.at(y)*(a.bottom-a.top) }

// frame is what surrounds data: a title, the y label above its axis, grid lines and ticks, the x label below, names at the right end of lines.
type frame struct {
	title, xLabel, yLabel string
	width, height         float64     // 0: the page's
	key                   []keyEntry  // colours explained above the data
	labels                []sideLabel // names at the right
	bare                  bool        // no axes, for places that mean nothing by themselves

	headEnd float64 // where title and key end, once drawn
}

// keyEntry explains a colour.
type keyEntry struct {
	name string
	col  color.RGBA
}

const labelGap, leaderGap = 8.0, 20.0

// begin makes the canvas, draws all that lies under the data, and returns where data goes.
func (f *frame) begin(x, y span) (*canvas, axes, error) {
	names := 0.0
	for _, l := range f.labels {
		names += l.height()
	}
	c, err := newCanvas(cmp.Or(f.width, figWidth), cmp.Or(f.height, max(figHeight, names+130)))
	if err != nil {
		return nil, axes{}, err
	}
	wide, high := c.width(), c.height()
	a := axes{x: x, y: y, box: box{left: margin, top: margin, right: wide - margin, bottom: high - margin}}
	f.headEnd = c.head(f.title, f.key)
	a.top = f.headEnd
	if f.yLabel != "" {
		c.text(margin, a.top+12, f.yLabel, labelType, atLeft, pencil)
		a.top += 24
	}
	if !f.bare {
		a.top += 4
		a.bottom -= 20
	}
	if f.xLabel != "" {
		a.bottom -= 18
	}
	a.right -= f.place(c.ruler, a)
	if a.bottom-a.top < 20 || a.right-a.left < 40 {
		return nil, axes{}, fmt.Errorf("%.0f × %.0f pixels leave no room for the data: make it larger", wide, high)
	}
	if f.bare {
		return c, a, nil
	}
	yTicks := a.yTicks()
	widest := 0.0
	for _, t := range yTicks {
		widest = max(widest, c.measure(t.text, tickType))
	}
	a.left += widest + 8
	if a.right-a.left < 40 {
		return nil, axes{}, fmt.Errorf("%.0f × %.0f pixels leave no room for the data: make it larger", wide, high)
	}
	for _, t := range yTicks {
		v := a.py(t.value)
		c.hline(a.left, a.right, v, 2, faint)
		c.text(a.left-8, v+4, t.text, tickType, atRight, pencil)
	}
	c.hline(a.left, a.right, a.bottom, 2, axis)
	for _, t := range a.xTicks(c.ruler) {
		v := a.px(t.value)
		c.vline(v, a.bottom, a.bottom+4, 2, axis)
		c.text(v, a.bottom+17, t.text, tickType, atCentre, pencil)
	}
	c.text((a.left+a.right)/2, high-margin-1, f.xLabel, labelType, atCentre, pencil)
	return c, a, nil
}

func (a axes) yTicks() []tick { return a.y.ticks(max(2, int((a.bottom-a.top)/46))) }

// xTicks are as many ticks as have room for their numbers.
func (a axes) xTicks(r ruler) []tick {
	for n := int((a.right - a.left) / 60); ; n-- {
		ticks := a.x.ticks(max(1, n))
		free := math.Inf(1)
		for i := 1; i < len(ticks); i++ {
			free = min(free, a.px(ticks[i].value)-a.px(ticks[i-1].value)-(r.measure(ticks[i].text, tickType)+r.measure(ticks[i-1].text, tickType))/2)
		}
		if free > 24 || n <= 1 {
			return ticks
		}
	}
}

// head writes a title and a key of colours at the top of a sheet, and returns where the rest begins.
func (c *canvas) head(title string, key []keyEntry) (top float64) {
	top = margin
	if title != "" {
		for _, line := range c.wrap(title, titleType, c.width()-2*margin) {
			c.text(margin, top+13, line, titleType, atLeft, ink)
			top += 18
		}
		top += titleHeight - 18
	}
	if len(key) == 0 {
		return top
	}
	places, end := c.keyPlaces(key, top)
	for i, k := range key {
		c.disc(places[i].x+5, places[i].y+8, 5, k.col)
		c.text(places[i].x+14, places[i].y+12.5, k.name, labelType, atLeft, ink)
	}
	return end
}

// keyPlaces are the top left corners of a key's entries, in as many rows as they need, and where the key ends.
func (c *canvas) keyPlaces(key []keyEntry, top float64) (places []point, end float64) {
	x := margin
	for _, k := range key {
		w := 16 + c.measure(k.name, labelType)
		if x > margin && x+w > c.width()-margin {
			x, top = margin, top+18
		}
		places = append(places, point{x, top})
		x += w + 16
	}
	return places, top + 22
}

// sideLabel is a name at the right end of a line, at the line's height or as near as its neighbours allow.
type sideLabel struct {
	value float64 // the line's height, in data
	lines []string
	col   color.RGBA
	bold  bool

	want, y float64 // the line's height on the canvas, and the label's
}

const lineHeight = 15.0

func (l sideLabel) letter() letter  { return letter{labelType.size, l.bold} }
func (l sideLabel) height() float64 { return float64(len(l.lines)) * lineHeight }

// place gives the labels their heights and returns the room they need at the right.
func (f frame) place(r ruler, a axes) (room float64) {
	for i := range f.labels {
		l := &f.labels[i]
		l.want = max(a.top, min(a.bottom, a.py(l.value)))
		room = max(room, r.widest(l.lines, l.letter()))
	}
	if room == 0 {
		return 0
	}
	spread(f.labels, a.top-lineHeight/2, a.bottom+lineHeight/2)
	return room + f.gap()
}

// gap is the room between lines and their names: more where some name stands apart from its line and a leader joins them.
func (f frame) gap() float64 {
	for _, l := range f.labels {
		if math.Abs(l.y-l.want) > 3 {
			return leaderGap
		}
	}
	return labelGap
}

// end writes the names at the right.
func (f frame) end(c *canvas, a axes) {
	gap := f.gap()
	for _, l := range f.labels {
		if gap == leaderGap {
			c.line([]point{{a.right + 4, l.want}, {a.right + 7, l.want}, {a.right + gap - 6, l.y}, {a.right + gap - 3, l.y}}, 1, nil, c.whole(), mix(l.col, paper, 0.35))
		}
		for i, s := range l.lines {
			c.text(a.right+gap, l.y+4.5+lineHeight*(float64(i)-float64(len(l.lines)-1)/2), s, l.letter(), atLeft, l.col)
		}
	}
}

// spread moves labels apart so that none overlap and all stay between top and bottom, each as near to its line as that allows.
func spread(labels []sideLabel, top, bottom float64) {
	slices.SortStableFunc(labels, func(a, b sideLabel) int { return cmp.Compare(a.want, b.want) })
	// Neighbours that collide are pooled into blocks, each block centred on the mean of what its members want.
	type block struct {
		from, to             int
		height, want, centre float64
	}
	var blocks []block
	for i, l := range labels {
		b := block{i, i + 1, l.height(), l.want, l.want}
		for {
			b.centre = max(top+b.height/2, min(bottom-b.height/2, b.want))
			if len(blocks) == 0 {
				break
			}
			last := blocks[len(blocks)-1]
			if last.centre+last.height/2 <= b.centre-b.height/2 {
				break
			}
			n, m := float64(last.to-last.from), float64(b.to-b.from)
			b = block{from: last.from, to: b.to, height: last.height + b.height, want: (last.want*n + b.want*m) / (n + m)}
			blocks = blocks[:len(blocks)-1]
		}
		blocks = append(blocks, b)
	}
	for _, b := range blocks {
		y := b.centre - b.height/2
		for i := b.from; i < b.to; i++ {
			labels[i].y = y + labels[i].height()/2
			y += labels[i].height()
		}
	}
}

// named is a label in a series' colour, a little darker than its line so that it reads as text.
func (r ruler) named(name string, value float64, col color.RGBA) sideLabel {
	return sideLabel{value: value, lines: r.wrap(name, boldType, widestLabel), col: mix(col, ink, 0.18), bold: true}
}

// levelled is a reference line's label, its value last.
func (r ruler) levelled(l Level) sideLabel {
	return sideLabel{value: l.Value, lines: r.wrap(strings.TrimPrefix(l.Name+": ", ": ")+Short(l.Value), labelType, widestLabel), col: pencil}
}

const widestLabel = 150.0

// level draws a horizontal reference line.
func (c *canvas) level(a axes, value float64) {
	v := a.py(value)
	c.line([]point{{a.left, v}, {a.right, v}}, 1.25, []float64{1.5, 4}, a.box, pencil)
}

// finite says which of some values is not a number, or so large that the range of an axis might not be one.
func finite(name string, values []float64) error {
	for i, v := range values {
		if !drawable(v) {
			return fmt.Errorf("%s[%d] is %v", name, i, v)
		}
	}
	return nil
}

// checkLevels says which reference line cannot be drawn.
func checkLevels(levels []Level, log bool) error {
	for i, l := range levels {
		if !drawable(l.Value) || log && l.Value <= 0 {
			return fmt.Errorf("level %d%s: its value %v cannot stand on the axis", i, inQuotes(l.Name), l.Value)
		}
	}
	return nil
}

func drawable(v float64) bool { return math.Abs(v) <= 1e300 }
