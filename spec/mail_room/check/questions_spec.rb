# frozen_string_literal: true

RSpec.describe MailRoom::Check::Questions do
  it "has a question for each check, no two the same" do
    expect(described_class::TEXTS.values).to all(end_with("?"))
    expect(described_class::TEXTS.values.uniq.size).to eq(described_class::TEXTS.size)
  end

  it "knows the names that the README tells programs, and no others" do
    readme = File.read(File.expand_path("../../../README.md", __dir__))
    rows = readme[/^\| `check` \| asks whether \|\n.*?\n\n/m].scan(/^\| (`.*?) \| (.*)$/).drop(1)
    names = rows.flat_map do |first, second|
      first.scan(/`([^`]+)`/).flatten.flat_map do |name|
        name.end_with?(".*") ? second.scan(/`(\w+)`/).map { |last| name.sub("*", last.first) } : [name]
      end
    end
    expect(names).to match_array(described_class::TEXTS.keys)
  end

  it "calls what it does not know by its name" do
    expect([described_class.of("imap.login"), described_class.of("imap.new")])
      .to eq(["IMAP server credentials are correct?", "imap.new"])
  end
end
