# frozen_string_literal: true

require "support/rspec"

# The way to a web application: TLS and proxies.
RSpec.describe "A postback on its way", :integration, :postback do
  # Nothing of the environment that the suite itself was started in.
  no_proxies = %w[http_proxy https_proxy all_proxy no_proxy].flat_map { |name| [name, name.upcase] }
                                                            .to_h { |name| [name, nil] }

  define_method(:start) do |mailbox, **env|
    inbox.append(Mails.small(1))
    mail_room(mailbox, options: { env: no_proxies.merge(env.transform_keys(&:to_s)) })
  end

  def expect_posted
    wait_for_marks
    expect(posted_numbers).to eq([1])
  end

  def expect_held_back(reason)
    expect(wait_for_pause["error"]).to match(reason)
    expect(inbox.unseen).to eq(1)
    expect(web.requests).to eq([])
  end

  describe "over TLS" do
    let(:certificate) { certificates.good }
    let(:web) { own(Servers::Web.new(certificate: certificate)) }

    def over_tls(ssl = { ca_file: certificates.ca_file })
      postback(delivery: { url: web.url, ssl: ssl })
    end

    it "trusts the authority of ca_file" do
      start(over_tls)
      expect_posted
    end

    it "trusts the system's authorities, here by SSL_CERT_FILE" do
      start(over_tls(nil), SSL_CERT_FILE: certificates.ca_file)
      expect_posted
    end

    it "refuses an authority that nobody knows" do
      start(over_tls(nil))
      expect_held_back(/TLS failed: the certificate is not signed by a trusted CA/)
    end

    it "takes any certificate with verify_mode none, and warns" do
      start(over_tls({ verify_mode: "none" }))
      expect_posted
      expect(processes.last.everything).to include("the receiver's certificate is not checked")
    end

    context "with the certificate of another host" do
      let(:certificate) { certificates.wrong_host }

      it "refuses" do
        start(over_tls)
        expect_held_back(/TLS failed: the certificate is for another host name/)
      end
    end

    context "with a certificate that has ended" do
      let(:certificate) { certificates.expired }

      it "refuses" do
        start(over_tls)
        expect_held_back(/TLS failed: the certificate has expired/)
      end
    end

    it "says so when the receiver speaks no TLS" do
      plain = own(Servers::Web.new)
      start(postback(delivery: { url: plain.url.sub("http:", "https:") }))
      expect_held_back(/TLS failed: the server does not speak TLS/)
    end
  end

  describe "through a proxy" do
    let(:url) { "http://hooks.example.com/hook" }
    let(:proxy) { own(Servers::Proxy.new({ "hooks.example.com" => web.port })) }

    %i[http_proxy HTTP_PROXY].each do |name|
      it "asks it for the whole URL, with #{name}" do
        start(postback(delivery: { url: url }), name => proxy.url)
        expect_posted
        expect(proxy.asked).to eq(["POST #{url}"])
        expect(web.requests.first.body).to eq(Mails.small(1))
      end
    end

    it "shows user and password of the proxy's URL" do
      guarded = own(Servers::Proxy.new({ "hooks.example.com" => web.port }, credentials: "anna:s3cret"))
      start(postback(delivery: { url: url }), http_proxy: guarded.url)
      expect_posted
      expect(processes.last.everything).not_to include("s3cret")
    end

    it "says so when the proxy wants others" do
      guarded = own(Servers::Proxy.new({ "hooks.example.com" => web.port }, credentials: "anna:s3cret"))
      start(postback(delivery: { url: url }), http_proxy: guarded.url("anna:wrong"))
      expect_held_back(/407 \(the proxy wants other credentials\)/)
      expect(processes.last.everything).not_to include("anna:wrong")
    end

    # 0.0.0.0 leads to this machine, and is not one of the names that are never asked for by proxy.
    it "goes there itself when no_proxy names the host" do
      dead = "http://127.0.0.1:#{Servers::Ports.free}"
      start(postback(delivery: { url: web.url(host: "0.0.0.0") }), http_proxy: dead, no_proxy: "example.org,0.0.0.0")
      expect_posted
    end

    it "does not when no_proxy names another" do
      dead = "http://127.0.0.1:#{Servers::Ports.free}"
      start(postback(delivery: { url: web.url(host: "0.0.0.0") }), http_proxy: dead, NO_PROXY: "example.org")
      expect_held_back(/cannot connect: Connection refused/)
    end

    it "goes itself to its own machine, as Ruby does" do
      start(postback, http_proxy: "http://127.0.0.1:#{Servers::Ports.free}")
      expect_posted
    end

    describe "over TLS" do
      # The certificate is that of mail.example.com.
      let(:web) { own(Servers::Web.new(certificate: certificates.wrong_host)) }
      let(:url) { "https://mail.example.com/hook" }
      let(:proxy) { own(Servers::Proxy.new({ "mail.example.com" => web.port }, credentials: "anna:s3cret")) }

      it "has it connect, and speaks TLS with the receiver" do
        start(postback(delivery: { url: url, ssl: { ca_file: certificates.ca_file } }), https_proxy: proxy.url)
        expect_posted
        expect(proxy.asked).to eq(["CONNECT mail.example.com:443"])
      end

      it "checks the receiver's certificate all the same" do
        start(postback(delivery: { url: url }), https_proxy: proxy.url)
        expect_held_back(/TLS failed: the certificate is not signed by a trusted CA/)
      end
    end
  end
end
