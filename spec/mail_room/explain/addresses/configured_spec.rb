# frozen_string_literal: true

require "tempfile"
require "yaml"

RSpec.describe MailRoom::Explain::Addresses::Configured do
  def read(text)
    Tempfile.create("mail_room.yml") do |file|
      file.write(text.is_a?(String) ? text : YAML.dump(text))
      file.close
      described_class.mailboxes(file.path)
    end
  end

  def mailbox(**settings)
    read(mailboxes: [{ incoming_email: { address: "in+%{key}@example.com" } }.merge(settings)]).first
  end

  it "reads address, host and type, with symbols or strings as keys" do
    written = { "mailboxes" => [{ "incoming_email" => { "address" => "a@b", "host" => "c",
                                                        "mailbox_type" => "service_desk_email" } }] }
    expect(read(written).map(&:to_a)).to eq([["service_desk_email", "a@b", "c"]])
  end

  it "leaves out mailboxes without an address of GitLab's" do
    expect(read("mailboxes: [{email: a}, {incoming_email: }, {incoming_email: {address: a@b}}]").size).to eq(1)
  end

  {
    { delivery_method: "sidekiq",
      delivery_options: { worker: "ServiceDeskEmailReceiverWorker" } } => "service_desk_email",
    { delivery_method: :sidekiq, delivery_options: { "worker" => "EmailReceiverWorker" } } => "incoming_email",
    { delivery_url: "http://g/api/v4/internal/mail_room/service_desk_email" } => "service_desk_email",
    { delivery_options: { delivery_url: "http://g/mail_room/service_desk_email/?a=b" } } => "service_desk_email",
    { delivery_method: "postback", delivery_options: { url: "http://g/service_desk_email" } } => "service_desk_email",
    { delivery_method: "sidekiq",
      delivery_options: { worker: "::ServiceDeskEmailReceiverWorker" } } => "service_desk_email",
    { delivery_method: "sidekiq", delivery_options: { worker: 5 } } => "incoming_email",
    { delivery_url: "no URL" } => "incoming_email",
    { delivery_url: "http://g/incoming_email?x=/service_desk_email" } => "incoming_email",
    { delivery_method: "noop", delivery_url: "http://g/service_desk_email" } => "incoming_email",
    { delivery_options: nil } => "incoming_email"
  }.each do |settings, type|
    it "tells from #{settings} that it is #{type}" do
      expect(mailbox(**settings).type).to eq(type)
    end
  end

  it "goes by mailbox_type before the delivery" do
    section = { address: "a@b", mailbox_type: "incoming_email" }
    expect(mailbox(incoming_email: section, delivery_url: "http://g/service_desk_email").type).to eq("incoming_email")
  end

  {
    "mailboxes:" => "no mailbox has incoming_email.address, where GitLab takes mail; add it, or use --address",
    "mailboxes: {}" => "mailboxes must be a list, not Hash",
    "mailboxes: [5]" => "mailboxes[0] must be a mapping, not Integer",
    "mailboxes: [{incoming_email: x}]" => "mailboxes[0].incoming_email must be a mapping, not String",
    "mailboxes: [{incoming_email: {host: x}}]" => "mailboxes[0].incoming_email.address is missing",
    "mailboxes: [{incoming_email: {address: ' '}}]" => "mailboxes[0].incoming_email.address is missing",
    "mailboxes: [{incoming_email: {address: 5}}]" => "mailboxes[0].incoming_email.address must be text, not Integer",
    "mailboxes: [{}, {incoming_email: {address: a@b, mailbox_type: desk}}]" =>
      'mailboxes[1].incoming_email.mailbox_type "desk" is unknown; available: incoming_email, service_desk_email'
  }.each do |text, problem|
    it "refuses #{text}" do
      expect { read(text) }.to raise_error(MailRoom::ConfigurationError, problem)
    end
  end

  it "warns of a key that is misspelled" do
    expect { read("mailboxes: [{incoming_email: {address: a@b, hots: c}}]") }
      .to output("mail_room: unknown key mailboxes[0].incoming_email.hots, did you mean host?\n").to_stderr
  end

  it "asks nothing of the rest, and opens no log" do
    log = File.join(Dir.tmpdir, "not-here", "log.json")
    unusable = { password: nil, logger: { log_path: log }, delivery_method: "unknown",
                 delivery_options: { jwt_secret_path: "/not/here" } }
    expect(mailbox(**unusable)).to have_attributes(address: "in+%{key}@example.com")
  end
end
