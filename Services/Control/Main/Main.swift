@main
enum Control {
    static func main() {}
}
