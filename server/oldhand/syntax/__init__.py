"""Languages, syntax trees and syntax errors; knows nothing of rules."""
