# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Rb::Attributes do
  subject(:attributes) { described_class.new }

  it "makes sections as they are written to" do
    attributes[:nginx]["listen"][:https] = false

    expect(attributes).to eq("nginx" => { "listen" => { "https" => false } })
    expect(attributes.section("nginx").section("listen").given("https")).to be(false)
  end

  it "has set nothing where it was only asked" do
    attributes["gitlab_rails"]["incoming_email_host"]

    expect(attributes.section("gitlab_rails").given("incoming_email_host")).to be_nil
    expect(attributes.section("gitlab_rails").below("incoming_email_")).to eq({})
    expect(attributes.section("mailroom")).to be_empty
  end

  it "tells what begins with a prefix, without it, and without what is nil" do
    attributes["a_b"] = 1
    attributes["a_c"] = nil
    attributes["b"] = 2

    expect(attributes.below("a_")).to eq("b" => 1)
  end

  it "tells text, nil where it is blank or switched off" do
    attributes["port"] = 5
    attributes["host"] = " "
    attributes["unixsocket"] = false

    expect(%w[port host unixsocket other].map { |name| attributes.text(name) }).to eq(["5", nil, nil, nil])
  end

  it "is printed without what is set" do
    attributes["password"] = "hunter2"

    expect(attributes.inspect).not_to include("hunter2")
  end
end
