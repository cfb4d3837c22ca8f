# frozen_string_literal: true

require "support/rspec"

RSpec.describe "An IMAP mailbox over TLS", :integration do
  let(:certificate) { certificates.good }
  let(:server) { own(Servers::Dovecot.new(certificate: certificate)) }
  let(:inbox) { new_inbox(server) }

  before { inbox.append(Mails.small(1)) }

  # By name, as the certificates are made for a name.
  def over_tls(ssl = { ca_file: certificates.ca_file }, **others)
    settings(host: "localhost", port: server.ports.fetch(:imaps), ssl: ssl, **others)
  end

  def over_starttls(ssl = { ca_file: certificates.ca_file }, **others)
    settings(host: "localhost", start_tls: true, ssl: ssl, **others)
  end

  # The message stays where it is, and a log line tells why.
  def expect_refusal
    expect(wait_for_error(inbox.user)["severity"]).to match(/\A(WARN|ERROR)\z/)
    expect(inbox.unseen).to eq(1)
    expect(redis.job_count).to eq(0)
    expect(processes.last.everything).not_to include(inbox.password)
  end

  describe "to a server with a certificate of a private authority" do
    it "takes the authority from ca_file" do
      mail_room(over_tls)
      expect_delivered(1)
    end

    it "takes the authority from ca_file with string keys, as GitLab writes them" do
      mail_room(over_tls({ "ca_file" => certificates.ca_file, "verify_mode" => "peer" }))
      expect_delivered(1)
    end

    it "takes the authority from the system's, here by SSL_CERT_FILE" do
      mail_room(over_tls(true), options: { env: { "SSL_CERT_FILE" => certificates.ca_file } })
      expect_delivered(1)
    end

    it "takes an IP address as the host's name" do
      mail_room(over_tls(host: "127.0.0.1"))
      expect_delivered(1)
    end

    it "does the same for STARTTLS" do
      mail_room(over_starttls)
      expect_delivered(1)
    end

    it "refuses when it knows no such authority" do
      mail_room(over_tls(true))
      expect_refusal
    end

    it "refuses when it knows no such authority, by STARTTLS too" do
      mail_room(over_starttls(false))
      expect_refusal
    end
  end

  describe "to a server whose certificate has ended" do
    let(:certificate) { certificates.expired }

    it "refuses" do
      mail_room(over_tls)
      expect_refusal
    end

    it "takes it with verify_mode none, and warns" do
      mail_room(over_tls({ verify_mode: "none" }))
      expect_delivered(1)
      expect(processes.last.everything).to match(/verify_mode|not verified|unverified/i)
    end
  end

  describe "to a server with the certificate of another host" do
    let(:certificate) { certificates.wrong_host }

    it "refuses" do
      mail_room(over_tls)
      expect_refusal
    end

    it "refuses by STARTTLS too" do
      mail_room(over_starttls)
      expect_refusal
    end

    it "takes it with verify_mode none, by STARTTLS too" do
      mail_room(over_starttls({ verify_mode: "none" }))
      expect_delivered(1)
    end
  end

  describe "to a server with a self-signed certificate" do
    let(:certificate) { certificates.self_signed }

    it "takes it when it is itself the ca_file" do
      mail_room(over_tls({ ca_file: certificate.certificate }))
      expect_delivered(1)
    end

    it "refuses it when it was not told of it" do
      mail_room(over_tls)
      expect_refusal
    end
  end

  describe "to a server without STARTTLS, though start_tls is set" do
    let(:certificate) { nil }

    # A user who has never been there, so that the server's log tells of mail_room alone.
    let(:stranger) { new_inbox(server) }

    it "never sends the password" do
      mail_room(settings(stranger, start_tls: true))
      expect(wait_for_error(stranger.user)["severity"]).to match(/\A(WARN|ERROR)\z/)
      expect(server.log).not_to include(stranger.user)
    end
  end
end
