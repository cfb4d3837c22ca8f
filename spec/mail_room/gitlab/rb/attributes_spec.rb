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

    expect("#{attributes.inspect}#{attributes}").not_to include("hunter2")
  end

  it "takes many at once" do
    attributes["a"].merge!({ b_c: 1 }, "b_d" => 2)
    attributes["a"].update(b_e: 3)

    expect(attributes["a"].below("b_")).to eq("c" => 1, "d" => 2, "e" => 3)
  end

  it "refuses what is made of something that is not known, when it is used" do
    attributes["a"]["host"] = "imap.#{attributes['b']['domain']}"
    attributes["a"]["list"] = [{ "host" => MailRoom::GitLab::Rb::Program::Node.new["platform"] }]

    %w[host list].each do |name|
      expect { attributes["a"].given(name) }
        .to raise_error(MailRoom::ConfigurationError, /\Aa\['#{name}'\] is made of something that is not set in this/)
    end
  end
end
