@main
enum Billing {
    static func main() {}
}
