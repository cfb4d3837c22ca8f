# frozen_string_literal: true

RSpec.describe MailRoom::Check::Address::Shape do
  def findings(text, service_desk: false)
    address = MailRoom::Check::Address.new(text, mailbox: build_mailbox, type: "incoming_email")
    described_class.new(address, service_desk: service_desk).findings
  end

  {
    "incoming" => "is no address",
    "incoming+%{key}" => "is no address",
    "Git Lab <incoming+%{key}@a.example.com>" => "is more than an address",
    "in+%{key}@example.com, in+%{key}@example.org" => "is more than an address",
    "incoming@%{key}.example.com" => "has %{key} in its domain",
    "incoming+%{key}-%{key}@example.com" => "has %{key} more than once",
    "incoming+%{Key}@example.com" => "%{Key} is no placeholder",
    "incoming+%{ key }@example.com" => "%{ key } is no placeholder",
    "incoming+%key@example.com" => "%key is no placeholder",
    "incoming+%{key@example.com" => "is no placeholder",
    "incoming+{key}@example.com" => "{key} is no placeholder",
    "incoming+%(key)@example.com" => "%(key) is no placeholder"
  }.each do |text, problem|
    it "refuses #{text}, and says what GitLab wants" do
      found = findings(text)
      expect(found.map(&:outcome)).to eq(["no"])
      expect(found.first.detail).to include(text, problem)
      expect(found.first.advice).to be_a(String)
    end
  end

  it "warns that a dedicated address takes replies only, and refuses one for the Service Desk" do
    expect(findings("incoming@example.com")).to match([have_attributes(warning?: true, advice: /replies only/)])
    expect(findings("desk@example.com", service_desk: true))
      .to match([have_attributes(wrong?: true, advice: /projects of its Service Desk/)])
  end

  it "wants 31 characters before the key at most" do
    lengths = [30, 31, 32].map { |size| findings("#{'i' * (size - 1)}+%{key}@example.com").last }
    expect(lengths.map { |finding| [finding.check, finding.outcome] })
      .to eq([%w[address.length yes], %w[address.length yes], %w[address.length no]])
    expect(lengths.last.detail).to eq("32 of 31 characters before %{key}")
  end

  it "warns of capitals" do
    expect(findings("Incoming+%{key}@example.com").last).to have_attributes(check: "address.case", warning?: true)
    expect(findings("incoming+%{key}@example.com").map(&:check)).not_to include("address.case")
  end
end
