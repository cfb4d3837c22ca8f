# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Rb::Web do
  def web(external = nil, rails: {}, **workhorse)
    attributes = MailRoom::GitLab::Rb::Attributes.new
    attributes["external_url"] = external if external
    { "gitlab_rails" => rails, "gitlab_workhorse" => workhorse }.each do |name, settings|
      settings.each { |key, value| attributes[name][key] = value }
    end
    described_class.new(attributes)
  end

  external = "https://gitlab.example.com"
  tcp = { listen_network: "tcp" }

  { [external, {}, {}] => external,
    ["#{external}/", {}, {}] => external,
    ["#{external}/relative/", {}, {}] => "#{external}/relative",
    [external, { internal_api_url: "http://10.0.0.1:8080/" }, tcp] => "http://10.0.0.1:8080/",
    [external, {}, tcp] => "http://localhost:8181",
    ["#{external}/relative", {}, { **tcp, listen_addr: "localhost:9191" }] => "http://localhost:9191/relative",
    [external, { gitlab_relative_url: "/other" }, { **tcp, listen_addr: ":9191" }] => "http://localhost:9191/other",
    [external, {}, { **tcp, listen_addr: "0.0.0.0:8181" }] => "http://127.0.0.1:8181",
    [external, {}, { **tcp, listen_addr: "[::]:8181" }] => "http://[::1]:8181",
    [external, {}, { listen_network: "unix", listen_addr: "/run/socket" }] => external,
    [nil, {}, {}] => nil }.each do |(url, rails, workhorse), found|
    it "is #{found.inspect} with #{url.inspect}, #{rails} and #{workhorse}" do
      expect(web(url, rails: rails, **workhorse).url).to eq(found)
    end
  end

  ["gitlab.example.com", "https://gitlab .example.com", "https:///a"].each do |url|
    it "refuses #{url}, unless something else counts" do
      expect { web(url).url }.to raise_error(MailRoom::ConfigurationError, /\Aexternal_url must be a URL such as /)
      expect(web(url, rails: { internal_api_url: "http://10.0.0.1" }).url).to eq("http://10.0.0.1")
    end
  end

  it "has the host of GitLab's links" do
    expect([web(external), web(external, rails: { gitlab_host: "other.example" }), web, web("http://a b")].map(&:host))
      .to eq(["gitlab.example.com", "other.example", nil, nil])
  end
end
