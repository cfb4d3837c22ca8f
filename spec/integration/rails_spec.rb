# frozen_string_literal: true

require "support/rails_examples"
require "support/rspec"

# From a customer's mail server into the workers of a Rails application that are named as GitLab's, through Postfix,
# LMTP, Dovecot, mail_room, Redis and Sidekiq.
RSpec.describe "A Rails application with jobs", :integration, skip: Servers::Postfix.impossible do
  include_context "with a Rails application", processes: %i[sidekiq]

  # @param header_to [String] what the mail itself says
  # @return [String] the mail as its sender wrote it, without the headers of servers on its way
  def send_to(address, name = "new_issue", header_to: address)
    mail = Mails.fixture(name)[/^Date: .*/m].sub(/^To: .*\r\n/, "To: #{header_to}\r\n")
    mail.tap { place.postfix.send_mail(mail, address) }
  end

  # Whatever the servers on its way have put before it.
  def came(mail)
    app.received.find { |message| message.raw.end_with?(mail) }
  end

  it "gets mail to sub-addresses, each in its worker, with its key, byte for byte" do
    mail_room
    mails = %w[new_issue reply japanese_iso_2022_jp attachment japanese_utf8].to_h do |name|
      [send_to("incoming+acme-shop-7-Zx8kQm3vTpLw9RbN-#{name}@gitlab.example.com", name), name]
    end
    desk = send_to("service+acme-shop-7-issue-@gitlab.example.com", "html_alternative")
    app.wait_for_received(6)

    mails.each do |mail, name|
      expect(came(mail)).to have_attributes(worker: "EmailReceiverWorker", failure: nil, header: "To",
                                            mail_key: "acme-shop-7-Zx8kQm3vTpLw9RbN-#{name}")
    end
    expect(came(desk)).to have_attributes(worker: "ServiceDeskEmailReceiverWorker", handler: "service_desk", error: nil)
    expect_nothing_waiting
    expect(app.received.size).to eq(6)
  end

  it "gets mail of which only the envelope knows the address" do
    mail_room
    mail = send_to("incoming+0123456789abcdef0123456789abcdef@gitlab.example.com", header_to: "team@example.org")
    app.wait_for_received(1)

    expect(came(mail)).to have_attributes(header: "Delivered-To", handler: "create_note",
                                          mail_key: "0123456789abcdef0123456789abcdef")
  end

  it "gets the same jobs from gitlab.yml itself" do
    mail_room("config/gitlab.yml")
    mail = send_to("incoming+acme-shop-7-Zx8kQm3vTpLw9RbN-issue@gitlab.example.com")
    desk = send_to("service+acme-shop-7-issue-@gitlab.example.com", "attachment")
    app.wait_for_received(2)

    expect(came(mail)).to have_attributes(worker: "EmailReceiverWorker", handler: "create_issue")
    expect(came(desk)).to have_attributes(worker: "ServiceDeskEmailReceiverWorker", handler: "service_desk")
    expect_nothing_waiting
  end

  it "has the same mailboxes in gitlab.yml and in what its own mail_room.yml makes of it" do
    result = app.run("ruby", "-rjson", "-e", <<~'RUBY')
      %w[mail_room gitlab].each do |name|
        require "mail_room"
        puts JSON.generate(MailRoom::Configuration::Document.new("config/#{name}.yml").to_h[:mailboxes])
      end
    RUBY
    rendered, read = result.output.lines.map { |line| JSON.parse(line) }

    expect(result.errors).to eq("")
    expect(read.map { |mailbox| mailbox.except("incoming_email") }).to eq(rendered)
  end

  describe "with a catch-all mailbox, as with Exchange" do
    before do
      place.configure(incoming_email: { address: "incoming-%{key}@exchange.example.com", user: "catchall",
                                        password: RailsPlace::PASSWORDS.fetch("catchall") })
      mail_room
    end

    it "gets all mail of the domain, with its key" do
      first = send_to("incoming-acme-shop-7-Zx8kQm3vTpLw9RbN-issue@exchange.example.com")
      other = send_to("sales@exchange.example.com", "attachment")
      app.wait_for_received(2)

      expect(came(first)).to have_attributes(worker: "EmailReceiverWorker", header: "To", handler: "create_issue")
      expect(came(other)).to have_attributes(worker: "EmailReceiverWorker", error: "UnknownIncomingEmail")
    end

    it "gets the key out of Received when it was a blind copy" do
      mail = send_to("incoming-0123456789abcdef0123456789abcdef@exchange.example.com", header_to: "team@example.org")
      app.wait_for_received(1)

      expect(came(mail)).to have_attributes(header: "Received", mail_key: "0123456789abcdef0123456789abcdef")
    end
  end
end
