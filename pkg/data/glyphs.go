package data

// glyph is one way to write a digit: two shapes of the same strokes in a box of height 1, y downwards. A hand writes somewhere between them.
type glyph struct {
	digit  uint8
	weight float32 // how usual it is, relative to the digit's other ways
	a, b   []knot
}

// knot is a point that the pen passes.
type knot struct {
	x, y float32
	kind uint8 // what the pen does here
}

const (
	bend   = iota // goes through in a curve
	corner        // turns sharply
	lift          // begins a new stroke here
)

var glyphs = []glyph{
	{
		0, 2, // an oval, begun at the top
		[]knot{{.62, .05, lift}, {.36, .03, bend}, {.12, .25, bend}, {.06, .58, bend}, {.22, .92, bend}, {.50, 1, bend}, {.82, .83, bend}, {.95, .50, bend}, {.84, .17, bend}, {.56, .02, bend}},
		[]knot{{.58, .00, lift}, {.42, .06, bend}, {.28, .28, bend}, {.22, .62, bend}, {.32, .93, bend}, {.50, 1, bend}, {.70, .80, bend}, {.80, .45, bend}, {.74, .12, bend}, {.54, .00, bend}},
	},
	{
		0, 1, // with the end crossing the beginning
		[]knot{{.50, .06, lift}, {.22, .16, bend}, {.07, .50, bend}, {.20, .88, bend}, {.52, 1, bend}, {.86, .78, bend}, {.92, .38, bend}, {.72, .08, bend}, {.44, .02, bend}, {.30, .10, bend}},
		[]knot{{.66, .10, lift}, {.40, .05, bend}, {.18, .34, bend}, {.18, .80, bend}, {.42, 1, bend}, {.74, .84, bend}, {.86, .46, bend}, {.76, .12, bend}, {.58, .00, bend}, {.50, .12, bend}},
	},
	{
		1, 7, // a plain stroke
		[]knot{{.50, .00, lift}, {.50, .33, bend}, {.50, .67, bend}, {.50, 1, bend}},
		[]knot{{.54, .00, lift}, {.51, .33, bend}, {.48, .67, bend}, {.49, 1, bend}},
	},
	{
		1, 2, // with a flag
		[]knot{{.30, .20, lift}, {.44, .10, bend}, {.54, .00, corner}, {.53, .35, bend}, {.52, .70, bend}, {.52, 1, bend}},
		[]knot{{.38, .12, lift}, {.47, .08, bend}, {.54, .00, corner}, {.52, .35, bend}, {.50, .70, bend}, {.48, 1, bend}},
	},
	{
		1, 1, // with flag and foot
		[]knot{{.24, .24, lift}, {.40, .13, bend}, {.52, .00, corner}, {.52, .50, bend}, {.51, .98, bend}, {.20, 1, lift}, {.50, .99, bend}, {.82, .98, bend}},
		[]knot{{.34, .16, lift}, {.44, .10, bend}, {.52, .00, corner}, {.51, .50, bend}, {.50, .99, bend}, {.26, .97, lift}, {.50, .99, bend}, {.74, 1, bend}},
	},
	{
		2, 2, // with a corner at the foot
		[]knot{{.14, .26, lift}, {.26, .06, bend}, {.56, .00, bend}, {.82, .17, bend}, {.74, .45, bend}, {.44, .76, bend}, {.08, 1, corner}, {.50, .97, bend}, {.96, .97, bend}},
		[]knot{{.20, .16, lift}, {.38, .02, bend}, {.64, .03, bend}, {.78, .24, bend}, {.68, .52, bend}, {.42, .80, bend}, {.14, .96, corner}, {.54, .99, bend}, {.90, .92, bend}},
	},
	{
		2, 2, // with a loop at the foot
		[]knot{{.16, .20, lift}, {.34, .03, bend}, {.64, .02, bend}, {.80, .22, bend}, {.68, .54, bend}, {.38, .86, bend}, {.14, .98, bend}, {.08, .84, bend}, {.26, .74, bend}, {.54, .88, bend}, {.94, .95, bend}},
		[]knot{{.12, .10, lift}, {.40, .00, bend}, {.70, .08, bend}, {.78, .30, bend}, {.62, .60, bend}, {.36, .88, bend}, {.18, .95, bend}, {.16, .86, bend}, {.30, .82, bend}, {.56, .93, bend}, {.92, .86, bend}},
	},
	{
		3, 3, // with a corner at the waist
		[]knot{{.16, .13, lift}, {.44, .00, bend}, {.76, .11, bend}, {.74, .33, bend}, {.40, .47, corner}, {.76, .56, bend}, {.88, .76, bend}, {.66, .96, bend}, {.34, 1, bend}, {.08, .88, bend}},
		[]knot{{.22, .04, lift}, {.50, .00, bend}, {.70, .10, bend}, {.62, .32, bend}, {.38, .44, corner}, {.66, .52, bend}, {.76, .72, bend}, {.62, .92, bend}, {.36, 1, bend}, {.14, .94, bend}},
	},
	{
		3, 1, // with a small loop at the waist
		[]knot{{.16, .14, lift}, {.46, .00, bend}, {.78, .14, bend}, {.68, .38, bend}, {.42, .50, bend}, {.36, .44, bend}, {.52, .43, bend}, {.82, .60, bend}, {.80, .86, bend}, {.46, 1, bend}, {.10, .90, bend}},
		[]knot{{.24, .08, lift}, {.52, .00, bend}, {.72, .14, bend}, {.62, .36, bend}, {.44, .46, bend}, {.40, .42, bend}, {.54, .43, bend}, {.74, .58, bend}, {.70, .84, bend}, {.44, 1, bend}, {.16, .96, bend}},
	},
	{
		4, 3, // open at the top
		[]knot{{.20, .04, lift}, {.14, .30, bend}, {.12, .54, corner}, {.44, .57, bend}, {.88, .52, bend}, {.78, .00, lift}, {.75, .34, bend}, {.72, .68, bend}, {.70, 1, bend}},
		[]knot{{.28, .10, lift}, {.18, .34, bend}, {.20, .54, bend}, {.46, .56, bend}, {.76, .46, bend}, {.82, .04, lift}, {.76, .34, bend}, {.70, .66, bend}, {.64, 1, bend}},
	},
	{
		4, 2, // closed at the top
		[]knot{{.64, .00, lift}, {.38, .30, bend}, {.06, .64, corner}, {.50, .64, bend}, {.98, .62, bend}, {.66, .02, lift}, {.65, .36, bend}, {.64, .68, bend}, {.63, 1, bend}},
		[]knot{{.70, .02, lift}, {.44, .24, bend}, {.14, .56, corner}, {.50, .58, bend}, {.90, .54, bend}, {.72, .00, lift}, {.68, .36, bend}, {.65, .68, bend}, {.62, 1, bend}},
	},
	{
		5, 2, // the bar last
		[]knot{{.28, .05, lift}, {.23, .25, bend}, {.19, .45, corner}, {.46, .37, bend}, {.78, .48, bend}, {.85, .72, bend}, {.64, .95, bend}, {.34, 1, bend}, {.08, .90, bend}, {.27, .05, lift}, {.58, .04, bend}, {.92, .00, bend}},
		[]knot{{.38, .08, lift}, {.32, .26, bend}, {.28, .42, corner}, {.48, .42, bend}, {.68, .56, bend}, {.70, .78, bend}, {.54, .95, bend}, {.30, 1, bend}, {.10, .94, bend}, {.38, .07, lift}, {.60, .05, bend}, {.86, .04, bend}},
	},
	{
		5, 1, // in one go
		[]knot{{.90, .02, lift}, {.58, .03, bend}, {.28, .05, corner}, {.23, .25, bend}, {.19, .44, corner}, {.48, .37, bend}, {.80, .50, bend}, {.84, .74, bend}, {.62, .96, bend}, {.32, 1, bend}, {.06, .92, bend}},
		[]knot{{.88, .00, lift}, {.62, .05, bend}, {.36, .06, corner}, {.30, .24, bend}, {.26, .42, bend}, {.48, .44, bend}, {.68, .58, bend}, {.68, .78, bend}, {.50, .95, bend}, {.26, 1, bend}, {.08, .96, bend}},
	},
	{
		6, 1,
		[]knot{{.66, .00, lift}, {.38, .18, bend}, {.17, .46, bend}, {.12, .74, bend}, {.32, .98, bend}, {.66, .96, bend}, {.84, .75, bend}, {.66, .56, bend}, {.38, .60, bend}, {.16, .80, bend}},
		[]knot{{.48, .00, lift}, {.30, .22, bend}, {.20, .50, bend}, {.22, .80, bend}, {.40, 1, bend}, {.62, .93, bend}, {.70, .74, bend}, {.56, .62, bend}, {.38, .70, bend}, {.26, .86, bend}},
	},
	{
		7, 3, // plain
		[]knot{{.08, .08, lift}, {.46, .06, bend}, {.90, .03, corner}, {.74, .34, bend}, {.56, .68, bend}, {.46, 1, bend}},
		[]knot{{.14, .12, lift}, {.48, .06, bend}, {.78, .05, bend}, {.74, .30, bend}, {.60, .66, bend}, {.54, 1, bend}},
	},
	{
		7, 1, // with a serif
		[]knot{{.10, .24, lift}, {.14, .06, corner}, {.50, .06, bend}, {.88, .04, corner}, {.72, .34, bend}, {.54, .68, bend}, {.42, 1, bend}},
		[]knot{{.18, .18, lift}, {.20, .07, corner}, {.50, .05, bend}, {.80, .06, corner}, {.68, .32, bend}, {.56, .66, bend}, {.50, 1, bend}},
	},
	{
		7, 1, // with a bar
		[]knot{{.08, .07, lift}, {.48, .06, bend}, {.92, .02, corner}, {.72, .34, bend}, {.54, .68, bend}, {.44, 1, bend}, {.30, .54, lift}, {.58, .52, bend}, {.88, .48, bend}},
		[]knot{{.16, .08, lift}, {.50, .05, bend}, {.82, .03, corner}, {.70, .34, bend}, {.58, .68, bend}, {.50, 1, bend}, {.38, .50, lift}, {.62, .50, bend}, {.84, .50, bend}},
	},
	{
		8, 3, // in one go
		[]knot{{.76, .16, lift}, {.50, .00, bend}, {.22, .14, bend}, {.28, .35, bend}, {.54, .49, bend}, {.82, .69, bend}, {.74, .93, bend}, {.44, 1, bend}, {.16, .86, bend}, {.24, .65, bend}, {.50, .48, bend}, {.74, .32, bend}, {.76, .14, bend}},
		[]knot{{.72, .10, lift}, {.52, .00, bend}, {.32, .12, bend}, {.34, .32, bend}, {.52, .48, bend}, {.68, .68, bend}, {.64, .92, bend}, {.44, 1, bend}, {.28, .86, bend}, {.34, .66, bend}, {.54, .46, bend}, {.72, .28, bend}, {.78, .08, bend}},
	},
	{
		8, 1, // two rings
		[]knot{{.52, .01, lift}, {.26, .10, bend}, {.24, .34, bend}, {.50, .46, bend}, {.74, .34, bend}, {.74, .10, bend}, {.50, .00, bend}, {.50, .46, lift}, {.18, .60, bend}, {.16, .88, bend}, {.50, 1, bend}, {.84, .88, bend}, {.82, .60, bend}, {.50, .46, bend}},
		[]knot{{.54, .00, lift}, {.34, .10, bend}, {.32, .32, bend}, {.50, .42, bend}, {.68, .32, bend}, {.70, .10, bend}, {.54, .00, bend}, {.50, .42, lift}, {.28, .56, bend}, {.24, .84, bend}, {.46, 1, bend}, {.70, .86, bend}, {.70, .58, bend}, {.52, .43, bend}},
	},
	{
		9, 3, // with a straight tail
		[]knot{{.80, .18, lift}, {.56, .00, bend}, {.22, .10, bend}, {.14, .34, bend}, {.36, .49, bend}, {.66, .40, bend}, {.82, .14, corner}, {.79, .42, bend}, {.75, .70, bend}, {.72, 1, bend}},
		[]knot{{.72, .12, lift}, {.52, .02, bend}, {.32, .16, bend}, {.26, .36, bend}, {.40, .44, bend}, {.60, .34, bend}, {.74, .10, bend}, {.72, .40, bend}, {.64, .70, bend}, {.56, 1, bend}},
	},
	{
		9, 1, // with a curved tail
		[]knot{{.78, .18, lift}, {.54, .00, bend}, {.22, .10, bend}, {.16, .34, bend}, {.38, .50, bend}, {.66, .40, bend}, {.80, .14, corner}, {.82, .48, bend}, {.74, .82, bend}, {.48, 1, bend}, {.18, .92, bend}},
		[]knot{{.74, .12, lift}, {.54, .01, bend}, {.32, .14, bend}, {.28, .36, bend}, {.42, .46, bend}, {.62, .36, bend}, {.74, .12, bend}, {.74, .46, bend}, {.66, .80, bend}, {.48, .98, bend}, {.26, 1, bend}},
	},
}
