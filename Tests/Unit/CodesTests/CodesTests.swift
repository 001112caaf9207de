// CodesTests.
