# frozen_string_literal: true

require "json"

RSpec.describe MailRoom::Check::Records do
  let(:finding) { MailRoom::Check::Finding }

  it "is a JSON object per line, with the same members in the same order" do
    told = described_class.new.section(nil, [finding.yes("configuration")]) +
           described_class.new.section(build_mailbox, [finding.no("imap.login", "\xFF\nrefused".b, "try")])

    expect(told.lines.map { |line| JSON.parse(line) }.map(&:to_a)).to eq(
      [[["mailbox", nil], ["name", nil], %w[check configuration], %w[outcome yes], ["detail", nil], ["advice", nil]],
       [%w[mailbox support@example.com], %w[name inbox], %w[check imap.login], %w[outcome no],
        ["detail", "\uFFFD\nrefused"], %w[advice try]]]
    )
    expect(described_class.new.summary).to eq("")
  end
end
