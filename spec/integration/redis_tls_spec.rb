# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Redis over TLS", :integration do
  before { inbox.append(Mails.small(1)) }

  # Delivers and arbitrates through a Redis of the example's own.
  # @param params [Hash] redis_ssl_params
  def start(redis, params, delivery_timeout: 30, **options)
    options = { redis_url: redis.tls_url, redis_ssl_params: params }.merge(options)
    mail_room(settings(delivery: options, delivery_timeout: delivery_timeout, arbitration_method: "redis",
                       arbitration_options: options.merge(namespace: "mail_room:gitlab")))
  end

  def expect_refusal(redis, text)
    expect(wait_for_error(inbox.user)["error"]).to match(text)
    expect(inbox.unseen).to eq(1)
    expect(redis.client.keys).to eq([])
  end

  describe "with a certificate of a private authority" do
    let(:redis) { own(Servers::Redis.new(password: "secret", certificate: certificates.good, plain: false)) }

    it "takes the authority from ca_file" do
      start(redis, { ca_file: certificates.ca_file })
      expect_delivered(1)
    end

    it "takes string keys, as GitLab writes them" do
      start(redis, { "ca_file" => certificates.ca_file, "verify_mode" => "peer" })
      expect_delivered(1)
    end

    it "takes the authority from the folder ca_path" do
      start(redis, { ca_path: certificates.ca_path })
      expect_delivered(1)
    end

    it "takes anybody with verify_mode none, and warns" do
      start(redis, { "verify_mode" => "none" })
      expect_delivered(1)
      expect(processes.last.everything).to match(/verify_mode|not verified|unverified/i)
    end

    it "refuses when it knows no such authority" do
      start(redis, {})
      expect_refusal(redis, /certificate/i)
    end

    it "takes an IP address as the host's name" do
      start(redis, { ca_file: certificates.ca_file }, redis_url: redis.tls_url.sub("localhost", "127.0.0.1"))
      expect_delivered(1)
    end

    it "says which file cannot be read, and does not start" do
      start(redis, { ca_file: "/nowhere/ca.pem" })
      expect(processes.last.exit_status).to eq(1)
      expect(processes.last.stderr).to include("ca_file", "/nowhere/ca.pem")
    end
  end

  describe "with the certificate of another host" do
    let(:redis) { own(Servers::Redis.new(certificate: certificates.wrong_host)) }

    it "refuses" do
      start(redis, { ca_file: certificates.ca_file })
      expect_refusal(redis, /certificate/i)
    end
  end

  describe "with a server that has no TLS" do
    let(:redis) { own(Servers::Redis.new) }

    # It takes the greeting for the beginning of a command, and waits for the rest.
    it "says that it is TLS that fails" do
      start(redis, {}, redis_url: redis.url.sub("redis:", "rediss:"), delivery_timeout: 2)
      expect_refusal(redis, /TLS/)
    end
  end

  describe "with a server that wants certificates of its clients" do
    let(:redis) do
      own(Servers::Redis.new(password: "secret", certificate: certificates.good, plain: false,
                             tls: { ca_file: certificates.ca_file, client_certificate: true }))
    end

    def shown(pair)
      { "ca_file" => certificates.ca_file, "cert_file" => pair.certificate, "key_file" => pair.key }
    end

    it "shows the one from cert_file and key_file" do
      start(redis, shown(certificates.client))
      expect_delivered(1)
    end

    it "says that it needs one" do
      start(redis, { ca_file: certificates.ca_file })
      expect_refusal(redis, /certificate/i)
    end

    it "says that the server does not take it" do
      start(redis, shown(certificates.self_signed))
      expect_refusal(redis, /certificate|authority|ca\b/i)
    end

    it "says that it has the key of another certificate" do
      start(redis, shown(Servers::Certificates::Pair.new(certificates.client.certificate, certificates.good.key)))
      expect_refusal(redis, /client certificate.*key/i)
    end

    it "says which file cannot be read, and does not start" do
      start(redis, shown(Servers::Certificates::Pair.new(certificates.client.certificate, "/nowhere/key.pem")))
      expect(processes.last.exit_status).to eq(1)
      expect(processes.last.stderr).to include("key_file", "/nowhere/key.pem")
    end
  end
end
