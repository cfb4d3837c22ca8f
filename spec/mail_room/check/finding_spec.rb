# frozen_string_literal: true

RSpec.describe MailRoom::Check::Finding do
  it "is wrong, a warning, or neither" do
    kinds = [described_class.yes("a", "b"), described_class.warning("a", "b", "c"), described_class.no("a", "b"),
             described_class.skipped("a", "b", "c")].map { |finding| [finding.wrong?, finding.warning?] }

    expect(kinds).to eq([[false, false], [false, true], [true, false], [false, true]])
  end

  it "is made of what the native part tells, whatever else that may tell some day" do
    json = { "check" => "imap.login", "outcome" => "no", "detail" => "refused", "advice" => nil, "severity" => 3 }

    expect(described_class.of(json)).to eq(described_class.no("imap.login", "refused"))
  end
end
