# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Delivery to a web application", :integration, :postback do
  def delivered_request(*mailboxes, **options)
    inbox.append(Mails.small(1)) if inbox.count.zero?
    mail_room(*mailboxes, **options)
    wait_for_marks
    wait_for_requests.first
  end

  describe "the request" do
    it "is a POST of the message with the headers that the reference sends, and ours" do
      request = delivered_request(postback(delivery: { url: web.url("/api/hook?mailbox=incoming%20mail") }))
      expect(request).to have_attributes(verb: "POST", path: "/api/hook?mailbox=incoming%20mail",
                                         body: Mails.small(1))
      expect(request.headers).to include(
        "content-type" => "application/x-www-form-urlencoded", "content-length" => Mails.small(1).bytesize.to_s,
        "user-agent" => "gitlab-mail_room-rs/#{MailRoom::VERSION}", "x-mailroom-delivery-id" => /\A\h{24}\z/
      )
      expect(request.headers).not_to include("transfer-encoding", "authorization")
    end

    it "is logged with its URL, but for secrets in it, and its status" do
      web.answer(status: 201)
      url = web.url("/hook?key=hunter2").sub("://", "://anna:hunter2@")
      process = mail_room(postback(delivery: { url: url }))
      inbox.append(Mails.small(1))
      expect(process.wait_for_action("message pushed")).to include(
        "severity" => "INFO", "delivery_method" => "Postback", "url" => web.url, "status_code" => 201
      )
      expect(process.everything).not_to include("hunter2")
      expect(web.requests.first.headers["authorization"]).to eq("Basic #{['anna:hunter2'].pack('m0')}")
    end

    it "is what GitLab's own settings make it" do
      secret = Servers::Folder.new("secret").tap { |folder| disposables << folder }
      delivery = {
        url: nil, delivery_url: web.url("/api/v4/internal/mail_room/incoming_email"), content_type: "text/plain",
        jwt_auth_header: "Gitlab-Mailroom-Api-Request", jwt_issuer: "gitlab-mailroom", jwt_algorithm: "HS256",
        jwt_secret_path: secret.write("secret", "#{['k' * 32].pack('m0')}\n")
      }
      request = delivered_request(postback(delivery: delivery))
      expect(request.path).to eq("/api/v4/internal/mail_room/incoming_email")
      expect(request.headers).to include("content-type" => "text/plain",
                                         "gitlab-mailroom-api-request" => /\A[\w-]+\.[\w-]+\.[\w-]+\z/)
    end

    it "takes its settings from the top of the mailbox as well, and from there first" do
      request = delivered_request(postback(delivery_url: web.url("/top"), delivery_token: "abc",
                                           content_type: "text/x-top", delivery: { url: "http://127.0.0.1:9/" }))
      expect(request.path).to eq("/top")
      expect(request.headers).to include("content-type" => "text/x-top", "authorization" => 'Token token="abc"')
    end

    it "carries user and password, and never those of the inbox" do
      request = delivered_request(postback(delivery_username: "anna", delivery_password: "s:cret"))
      expect(request.headers).to include("authorization" => "Basic #{['anna:s:cret'].pack('m0')}")
      expect(processes.last.everything).not_to include("s:cret", inbox.password)
    end

    it "is one that Rails' Action Mailbox takes, with action_mailbox" do
      request = delivered_request(postback(delivery: { url: web.url(""), action_mailbox: true, password: "abc" }))
      expect(request.path).to eq("/rails/action_mailbox/relay/inbound_emails")
      expect(request.headers).to include("content-type" => "message/rfc822",
                                         "authorization" => "Basic #{['actionmailbox:abc'].pack('m0')}")
    end
  end

  describe "the body" do
    it "is every fixture byte for byte, whatever its character set" do
      mails = Mails.fixtures.except("nul_bytes").values
      inbox.append(*mails)
      mail_room(postback)
      wait_for_marks
      expect(web.requests.map(&:body)).to match_array(mails)
    end

    it "is binary data as it is" do
      binary = [*1..255].pack("C*").delete("\r\n") * 100
      mail = "Subject: binary\r\n\r\n#{binary.b}\r\n".b
      inbox.append(mail)
      expect(delivered_request(postback).body).to eq(mail)
    end

    it "may have five megabytes" do
      mail = Mails.small(1) + ("#{'x' * 76}\r\n" * 65_000).b
      inbox.append(mail)
      request = delivered_request(postback)
      expect(request.body == mail).to be(true)
      expect(request.headers).to include("content-length" => mail.bytesize.to_s)
    end
  end

  describe "many messages" do
    it "come in their order, over few connections, each with an id of its own" do
      dovecot.fill(inbox.user, (1..50).map { |number| Mails.small(number) })
      mail_room(postback)
      wait_for_marks
      expect(posted_numbers).to eq([*1..50])
      # A second is opened when a request is ready before the first is free again.
      expect(web.requests.map(&:port).uniq.size).to be <= 3
      expect(web.requests.map { |request| request.headers["x-mailroom-delivery-id"] }.uniq.size).to eq(50)
    end

    it "come side by side with delivery_concurrency, and not more than that" do
      together = Queue.new
      # Nobody is answered before four are there.
      web.decide do |_request|
        Wait.until(15, what: "four requests at once") { together.size >= 4 || web.active >= 4 }
        together << web.active
        Servers::Web::ACCEPTED
      end
      inbox.append(*(1..8).map { |number| Mails.small(number) })
      mail_room(postback(delivery_concurrency: 4))
      wait_for_marks(limit: 30)
      expect(posted_numbers).to match_array(1..8)
      expect(Array.new(together.size) { together.pop }.max).to eq(4)
    end
  end

  describe "settings that cannot work" do
    {
      "no URL" => [{ url: nil }, /delivery_url is required/],
      "a URL without a scheme" => [{ url: "anna:hunter2@gitlab.example.com" }, /delivery_options\.url must be a URL/],
      "an incomplete JWT" => [{ jwt_issuer: "a" }, /delivery_options\.jwt_\w+ is required/],
      "an unknown algorithm" => [{ jwt_auth_header: "A", jwt_issuer: "a", jwt_algorithm: "none",
                                   jwt_secret_path: "/dev/null" }, /jwt_algorithm must be HS256/],
      "a secret that is not there" => [{ jwt_auth_header: "A", jwt_issuer: "a", jwt_algorithm: "HS256",
                                         jwt_secret_path: "/nowhere/secret" },
                                       %r{jwt_secret_path cannot be used \(/nowhere/secret: No such file}],
      "a CA file that is not there" => [{ ssl: { ca_file: "/nowhere/ca.pem" } }, /ca_file .*No such file/]
    }.each do |what, (delivery, message)|
      it "are told at start: #{what}" do
        process = mail_room(postback(delivery: delivery))
        expect(process.exit_status).to eq(1)
        expect(process.stderr).to match(message)
        expect(process.everything).not_to include("hunter2")
      end
    end
  end
end
