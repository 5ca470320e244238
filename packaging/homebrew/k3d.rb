# A template: VERSION and the sums are those of the archives of a release. They bring their own Node.
class K3d < Formula
  desc "Run k3s clusters in containers"
  homepage "https://github.com/k3d-io/k3d"
  version "VERSION"
  license "MIT"

  on_linux do
    on_intel do
      url "https://github.com/k3d-io/k3d/releases/download/@k3d/cli@VERSION/k3d-VERSION-linux-x64.tar.gz"
      sha256 "SHA256_LINUX_X64"
    end
    on_arm do
      url "https://github.com/k3d-io/k3d/releases/download/@k3d/cli@VERSION/k3d-VERSION-linux-arm64.tar.gz"
      sha256 "SHA256_LINUX_ARM64"
    end
  end

  def install
    libexec.install Dir["*"]
    bin.install_symlink libexec/"bin/k3d"
    generate_completions_from_executable(bin/"k3d", "completion")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/k3d version")
  end
end
