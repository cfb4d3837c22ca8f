# frozen_string_literal: true

# Its tables name specs, and quote from what they and their examples are called.
RSpec.describe "spec/integration/README.md" do
  rows = File.readlines(File.join(__dir__, "README.md"), chomp: true).grep(/\A\| (?!scenario|---)/)

  # The words quoted after the name of a spec are of that one.
  quotes = rows.each_with_object(Hash.new { |all, spec| all[spec] = [] }) do |row, all|
    row.split(" | ").last.scan(/`([a-z0-9_]+)`|"([^"]+)"/).inject(nil) do |last, (spec, quote)|
      all[spec || last] << quote if quote || spec
      spec || last
    end
  end

  it "names every spec" do
    specs = Dir.children(__dir__).filter_map { |file| file[/\A(.+)_spec\.rb\z/, 1] }
    expect(quotes.keys).to include("crash", "odd_mails", "soak", *specs)
  end

  quotes.each do |spec, quoted|
    it "names #{spec} and its examples rightly" do
      file = File.join(__dir__, "#{spec}_spec.rb")
      expect(File).to exist(file)
      # Names of examples may come from a table beside the spec.
      text = Dir[file, File.join(__dir__, "../support", "#{spec}.rb")].map { |path| File.read(path) }.join
      expect(quoted.compact.reject { |words| text.include?(words) }).to be_empty
    end
  end
end
